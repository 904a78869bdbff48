import type { AutomodRule, ChatSettings } from "@veza/client";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../../account/hub";
import { currentLocale } from "../../i18n";
import { Button, IconButton } from "../../shell/Button";
import { spanInWords } from "../../shell/format";
import { Icon } from "../../shell/Icon";
import { ProblemNote } from "../../shell/ProblemNote";
import { Select } from "../../shell/Select";
import { complain, useToasts } from "../../shell/toasts";
import { useHeld } from "../../shell/useHeld";
import { useRoom, useRoomView } from "../useRoom";
import { RuleDialog } from "./RuleDialog";
import { MOST_RULES, newRule, sayAction, sayRule } from "./rules";

const PACES_S = [0, 5, 10, 30, 60, 300, 900, 3_600, 21_600];

/**
 * The chat's pace and rules. Test ids: `slow-mode`, `rule` (with `data-kind`, `data-action`), `rule-add`,
 * `rule-edit`, `rule-remove`.
 */
export function ChatSection({ mayChangeRules }: { mayChangeRules: boolean }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hub = useHub((state) => state.hub);
  const slowModeS = useRoomView((view) => view.slowModeS);
  const [settings, setSettings] = useState<ChatSettings | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [editing, setEditing] = useState<AutomodRule | null>(null);
  const language = currentLocale();
  const rules = settings?.rules ?? [];

  const load = useCallback(async () => {
    setError(null);
    try {
      if (hub) setSettings(await hub.connection.request("chat:get", { room_id: roomId }));
    } catch (failure) {
      setError(failure);
    }
  }, [hub, roomId]);
  useEffect(() => void load(), [load]);

  const pace = useHeld(slowModeS);
  const setPace = (next: number) => void (hub && pace.hold(next, () => hub.connection.request("chat:update", { room_id: roomId, slow_mode_s: next })).catch((failure: unknown) => complain(t("manage.chat.slow"), failure)));

  async function keep(next: AutomodRule[]) {
    await hub?.connection.request("chat:update", { room_id: roomId, rules: next });
    setSettings((old) => old && { ...old, rules: next });
  }

  function remove(rule: AutomodRule) {
    keep(rules.filter(({ id }) => id !== rule.id))
      .then(() => useToasts.getState().show({ look: "good", title: t("manage.chat.removed") }))
      .catch((failure: unknown) => complain(t("manage.chat.remove"), failure));
  }

  const paces = PACES_S.includes(slowModeS) ? PACES_S : [...PACES_S, slowModeS].sort((a, b) => a - b);
  return (
    <>
      <Select
        label={t("manage.chat.slow")}
        hint={t("manage.chat.slowHint")}
        options={paces.map((each) => ({ value: String(each), label: each ? t("manage.chat.slowEvery", { span: spanInWords(each, language) }) : t("manage.chat.slowOff") }))}
        value={String(pace.shown)}
        onPick={(next) => setPace(Number(next))}
        data-testid="slow-mode"
      />
      <section className="part">
        <div className="part-head">
          <h3>{t("manage.chat.rules")}</h3>
          {mayChangeRules && settings && (
            <Button size="small" icon="plus" disabled={rules.length >= MOST_RULES} title={rules.length >= MOST_RULES ? t("manage.chat.most") : undefined} onClick={() => setEditing(newRule())} data-testid="rule-add">
              {t("manage.chat.add")}
            </Button>
          )}
          <p>{mayChangeRules ? t("manage.chat.rulesLead") : t("manage.onlyAdmins")}</p>
        </div>
        <ProblemNote error={error} />
        {Boolean(error) && (
          <Button icon="retry" onClick={() => void load()}>
            {t("retry")}
          </Button>
        )}
        {!settings && !error && <div className="skeleton row" role="status" aria-label={t("loading")} />}
        {settings && rules.length === 0 && <p className="faint">{t("manage.chat.noRules")}</p>}
        {rules.length > 0 && (
          <ul className="rows" aria-label={t("manage.chat.rules")}>
            {rules.map((rule) => (
              <li key={rule.id} className="row" data-testid="rule" data-kind={rule.kind} data-action={rule.action}>
                <Icon name={rule.action === "alert" ? "bell" : rule.action === "block" ? "shield" : "muted"} />
                <span className="row-names">
                  <strong>{sayRule(rule)}</strong>
                  <span className="faint">{sayAction(rule, language)}</span>
                </span>
                {mayChangeRules && (
                  <span className="row-actions">
                    <Button size="small" onClick={() => setEditing(rule)} data-testid="rule-edit">
                      {t("manage.chat.edit")}
                    </Button>
                    <IconButton size="small" icon="trash" label={t("manage.chat.remove")} onClick={() => remove(rule)} data-testid="rule-remove" />
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      {editing && (
        <RuleDialog
          rule={editing}
          isNew={!rules.some(({ id }) => id === editing.id)}
          onKeep={(rule) => keep(rules.some(({ id }) => id === rule.id) ? rules.map((old) => (old.id === rule.id ? rule : old)) : [...rules, rule])}
          onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}
