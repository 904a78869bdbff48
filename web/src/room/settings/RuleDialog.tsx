import type { AutomodRule } from "@veza/client";
import { useId, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { currentLocale } from "../../i18n";
import { Button } from "../../shell/Button";
import { Dialog } from "../../shell/Dialog";
import { Field } from "../../shell/Field";
import { spanInWords } from "../../shell/format";
import { ProblemNote } from "../../shell/ProblemNote";
import { Select } from "../../shell/Select";
import { ACTIONS, hostsOf, KINDS, problemOfRule, TIME_OUTS_S, wordsOf } from "./rules";

/**
 * One automod rule. Test ids: `rule-dialog`, `rule-kind`, `rule-words`, `rule-most`, `rule-action-{action}`,
 * `rule-time-out`, `rule-keep`.
 */
export function RuleDialog({ rule: given, isNew, onKeep, onClose }: { rule: AutomodRule; isNew: boolean; onKeep: (rule: AutomodRule) => Promise<void>; onClose: () => void }) {
  const { t } = useTranslation();
  const [rule, setRule] = useState(given);
  const [text, setText] = useState(given.words.join("\n"));
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const id = useId();
  const language = currentLocale();
  const change = (part: Partial<AutomodRule>) => setRule((old) => ({ ...old, ...part }));
  const hasWords = rule.kind === "keyword" || rule.kind === "link";
  const spans = [...new Set([...TIME_OUTS_S, rule.time_out_s])].sort((a, b) => a - b);

  async function keep(event: FormEvent) {
    event.preventDefault();
    const whole = { ...rule, words: rule.kind === "keyword" ? wordsOf(text) : rule.kind === "link" ? hostsOf(text) : [] };
    const problem = problemOfRule(whole);
    setWrong(problem ? (problem.key === "wordTooLong" ? t("manage.chat.wordTooLong", { word: problem.word }) : t(`manage.chat.${problem.key}`)) : undefined);
    if (problem) return;
    setBusy(true);
    setError(null);
    try {
      await onKeep(whole);
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <Dialog title={t(isNew ? "manage.chat.add" : "manage.chat.editRule")} onClose={onClose} testId="rule-dialog">
      <form className="stack" onSubmit={(event) => void keep(event)}>
        <Select
          label={t("manage.chat.kind")}
          hint={t(`manage.chat.kindHints.${rule.kind}`)}
          options={KINDS.map((value) => ({ value, label: t(`manage.chat.kinds.${value}`) }))}
          value={rule.kind}
          onPick={(kind) => change({ kind, most: kind === "repeat" ? 2 : 5 })}
          data-first
          data-testid="rule-kind"
        />
        {hasWords && (
          <div className="field">
            <label htmlFor={`${id}-words`}>{t(rule.kind === "keyword" ? "manage.chat.words" : "manage.chat.hosts")}</label>
            <textarea
              id={`${id}-words`}
              className="input"
              rows={4}
              value={text}
              aria-invalid={wrong ? true : undefined}
              aria-describedby={`${id}-note`}
              onChange={(event) => setText(event.target.value)}
              data-testid="rule-words"
            />
            <span id={`${id}-note`} className={wrong ? "wrong" : "hint"} role={wrong ? "alert" : undefined}>
              {wrong ?? t(rule.kind === "keyword" ? "manage.chat.wordsHint" : "manage.chat.hostsHint")}
            </span>
          </div>
        )}
        {!hasWords && (
          <Field
            label={t(rule.kind === "mentions" ? "manage.chat.mostMentions" : "manage.chat.mostRepeats")}
            type="number"
            inputMode="numeric"
            min={1}
            max={rule.kind === "mentions" ? 50 : 10}
            required
            value={rule.most}
            onChange={(event) => change({ most: Number(event.target.value) })}
            data-testid="rule-most"
          />
        )}
        <fieldset className="choices">
          <legend>{t("manage.chat.action")}</legend>
          {ACTIONS.map((action) => (
            <label key={action} className="choice">
              <input type="radio" name={`${id}-action`} checked={rule.action === action} onChange={() => change({ action })} data-testid={`rule-action-${action}`} />
              <span>
                <strong>{t(`manage.chat.actions.${action}`)}</strong>
              </span>
            </label>
          ))}
        </fieldset>
        {rule.action === "time_out" && (
          <Select
            label={t("manage.chat.timeOut")}
            options={spans.map((span) => ({ value: String(span), label: spanInWords(span, language) }))}
            value={String(rule.time_out_s)}
            onPick={(span) => change({ time_out_s: Number(span) })}
            data-testid="rule-time-out"
          />
        )}
        <ProblemNote error={error} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" look="primary" busy={busy} data-testid="rule-keep">
            {t("manage.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
