import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../shell/Button";
import { Select } from "../shell/Select";
import { canChooseSpeaker, chooseSpeaker, nameSpeakers, settle, useSpeaker } from "./speaker";

/** Where the sound comes out. Test ids: `speaker-select`, `speaker-names`, `speaker-says`. */
export function SpeakerSelect() {
  const { t } = useTranslation();
  const { chosenId, speakers, refused } = useSpeaker();
  const [isDenied, setDenied] = useState(false);
  useEffect(() => void settle(), []);
  if (!canChooseSpeaker()) return null;

  const isAway = chosenId !== "" && !speakers.some(({ id }) => id === chosenId);
  const options = [{ value: "", label: t("settings.speakerSystem") }, ...speakers.map(({ id, name }) => ({ value: id, label: name }))];
  if (isAway) options.push({ value: chosenId, label: t("settings.speakerAway") });
  const says = isDenied ? t("settings.speakerDenied") : refused ? t("settings.speakerRefused") : isAway && speakers.length > 0 ? t("settings.speakerGone") : null;
  return (
    <>
      <Select label={t("settings.speaker")} hint={t("settings.speakerHint")} options={options} value={chosenId} onPick={(id) => void chooseSpeaker(id)} data-testid="speaker-select" />
      {speakers.length === 0 && (
        <Button
          size="small"
          look="quiet"
          onClick={() =>
            void nameSpeakers().then(
              () => setDenied(false),
              () => setDenied(true),
            )
          }
          data-testid="speaker-names"
        >
          {t("settings.speakerNames")}
        </Button>
      )}
      {says !== null && (
        <p className="wrong" role="status" data-testid="speaker-says">
          {says}
        </p>
      )}
    </>
  );
}
