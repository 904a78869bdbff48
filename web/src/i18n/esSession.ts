/** Español: sesiones a una hora fijada y sesiones pasadas. */
import type { enSession } from "./enSession";

export const esSession: typeof enSession = {
  session: {
    title: "Fecha de la sesión",
    menu: "Fijar una fecha…",
    starts: "Empieza",
    startsHint: "Entonces la música empieza sola. Vacío: cuando el anfitrión la ponga.",
    ends: "Termina",
    endsHint: "Vacío: sigue, con o sin gente.",
    startsIn: "Empieza en",
    endsIn: "Termina en",
    day: "d",
    ended: "El anfitrión ha terminado esta sesión.",
    expired: "Esta sesión ha terminado.",
    endedHint: "Aún se puede hablar aquí y volver a escucharla.",
    change: "Cambiar",
    again: "Nueva fecha",
    endNow: "Terminar ahora",
    save: "Guardar",
  },

  replay: {
    open: "Volver a escuchar",
    titleOf: "{{room}}, otra vez",
    toRoom: "A la sala",
    nothing: "Aquí aún no ha sonado nada.",
    unknown: "Una pista que ya no está",
    silent: "Ya no puedes oír esta pista; pasa en silencio.",
    play: "Reproducir la sesión",
    pause: "Pausa",
    seek: "Lugar en la sesión",
    from: "desde {{position}}",
    quiet: "Hasta aquí no se dijo nada.",
  },
};
