import { useTranslation } from "react-i18next";
import { useRoom } from "../room/useRoom";
import { Button } from "../shell/Button";

/** Browsers start no sound by themselves; one press does. Test id: `join-sound`. */
export function JoinSound() {
  const { t } = useTranslation();
  const { player } = useRoom();
  return (
    <div className="join-sound">
      <Button look="sound" size="large" icon="volume" onClick={() => void player.unlock()} data-testid="join-sound">
        {t("playback.join")}
      </Button>
      <p className="faint small-text">{t("playback.joinHint")}</p>
    </div>
  );
}
