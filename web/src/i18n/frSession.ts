/** Français : séances à heure fixe, et séances passées. */
import type { enSession } from "./enSession";

export const frSession: typeof enSession = {
  session: {
    title: "Date de la séance",
    menu: "Fixer une date…",
    starts: "Début",
    startsHint: "La musique démarre alors d'elle-même. Vide : quand l'hôte lance la lecture.",
    ends: "Fin",
    endsHint: "Vide : elle continue, avec ou sans public.",
    startsIn: "Commence dans",
    endsIn: "Se termine dans",
    day: "j",
    ended: "L'hôte a mis fin à cette séance.",
    expired: "Cette séance est terminée.",
    endedHint: "Vous pouvez encore discuter ici et la réécouter.",
    change: "Modifier",
    again: "Nouvelle date",
    endNow: "Terminer maintenant",
    save: "Enregistrer",
  },

  replay: {
    open: "Réécouter",
    titleOf: "{{room}}, en réécoute",
    toRoom: "Vers le salon",
    nothing: "Rien n'a encore été joué ici.",
    unknown: "Un titre disparu",
    silent: "Vous ne pouvez plus entendre ce titre ; il passe en silence.",
    play: "Lire la séance",
    pause: "Pause",
    seek: "Position dans la séance",
    from: "à partir de {{position}}",
    quiet: "Rien n'a été dit jusqu'ici.",
  },
};
