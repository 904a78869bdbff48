import type { Control, Policy, Room } from "@veza/client";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../../account/hub";
import { Field } from "../../shell/Field";
import { ProblemNote } from "../../shell/ProblemNote";
import { Select } from "../../shell/Select";
import { SaveBar } from "./SaveBar";
import { useSaving } from "./useSaving";

const CONTROLS = ["play", "seek", "skip", "queue_add", "queue_reorder"] as const;
const WHO: readonly Control[] = ["host", "dj", "all"];
const WAITS = ["never", "majority", "all"] as const;
const LOSTS = ["continue", "promote_dj", "promote_oldest", "pause"] as const;

/** The rules of playing together. Test ids: `control-{name}`, `manage-wait`, `manage-lost`, `manage-ratio`, `manage-save`. */
export function MusicSection({ room }: { room: Room }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [policy, setPolicy] = useState<Policy>(room.policy);
  const saving = useSaving();
  const change = (part: Partial<Policy>) => setPolicy((old) => ({ ...old, ...part }));
  const isChanged = JSON.stringify(policy) !== JSON.stringify(room.policy);

  function save(event: FormEvent) {
    event.preventDefault();
    saving.run(() => hub?.connection.request("room:update", { room_id: room.id, policy }));
  }

  return (
    <form className="stack" onSubmit={save}>
      <p className="soft small-text">{t("manage.music.lead")}</p>
      <fieldset className="choices">
        <legend>{t("manage.music.controls")}</legend>
        <div className="field-row">
          {CONTROLS.map((control) => (
            <Select
              key={control}
              label={t(`manage.music.names.${control}`)}
              options={WHO.map((value) => ({ value, label: t(`manage.music.who.${value}`) }))}
              value={policy.controls[control]}
              onPick={(who) => change({ controls: { ...policy.controls, [control]: who } })}
              data-testid={`control-${control}`}
            />
          ))}
        </div>
      </fieldset>
      <div className="field-row">
        <Select
          label={t("manage.music.wait")}
          options={WAITS.map((value) => ({ value, label: t(`manage.music.waits.${value}`) }))}
          value={policy.wait}
          onPick={(wait) => change({ wait })}
          hint={t("manage.music.waitHint")}
          data-testid="manage-wait"
        />
        <Seconds label={t("manage.music.waitS")} ms={policy.wait_deadline_ms} most={30} disabled={policy.wait === "never"} onChange={(wait_deadline_ms) => change({ wait_deadline_ms })} />
      </div>
      <div className="field-row">
        <Select
          label={t("manage.music.lost")}
          options={LOSTS.map((value) => ({ value, label: t(`manage.music.losts.${value}`) }))}
          value={policy.on_host_lost}
          onPick={(on_host_lost) => change({ on_host_lost })}
          data-testid="manage-lost"
        />
        <Seconds label={t("manage.music.graceS")} ms={policy.host_grace_ms} most={600} onChange={(host_grace_ms) => change({ host_grace_ms })} />
      </div>
      <fieldset className="choices">
        <legend>{t("manage.music.votes")}</legend>
        <div className="field-row">
          <Field
            label={t("manage.music.ratio")}
            type="number"
            inputMode="numeric"
            min={1}
            max={100}
            required
            value={Math.round(policy.skip_votes.ratio * 100)}
            onChange={(event) => change({ skip_votes: { ...policy.skip_votes, ratio: Number(event.target.value) / 100 } })}
            data-testid="manage-ratio"
          />
          <Field
            label={t("manage.music.least")}
            type="number"
            inputMode="numeric"
            min={1}
            max={1000}
            required
            value={policy.skip_votes.min}
            onChange={(event) => change({ skip_votes: { ...policy.skip_votes, min: Number(event.target.value) } })}
          />
        </div>
      </fieldset>
      <ProblemNote error={saving.error} />
      <SaveBar saving={saving} disabled={!isChanged} />
    </form>
  );
}

function Seconds({ label, ms, most, disabled, onChange }: { label: string; ms: number; most: number; disabled?: boolean; onChange: (ms: number) => void }) {
  return <Field label={label} type="number" inputMode="numeric" min={1} max={Math.max(most, Math.ceil(ms / 1000))} required disabled={disabled} value={Math.round(ms / 1000)} onChange={(event) => onChange(Number(event.target.value) * 1000)} />;
}
