/** Lines of the moderation log in words. */
import type { Measure, RuleKind } from "@veza/client";
import i18next from "i18next";

const RULES: readonly RuleKind[] = ["keyword", "link", "mentions", "repeat"];
const ROLES = ["owner", "admin", "moderator", "member", "guest"] as const;

/** One sentence: who did what to whom. */
export function sayMeasure(measure: Measure): string {
  const { t } = i18next;
  const who = measure.username ?? t("manage.reports.somebody");
  if (measure.action === "unban" && measure.by === null) return t("manage.log.unbanByTime", { who });
  const by = measure.by_name ?? t("manage.log.rule");
  const role = ROLES.find((each) => each === measure.reason);
  return t(`manage.log.actions.${measure.action}`, { by, who, role: role ? t(`manage.people.roles.${role}`) : (measure.reason ?? "") });
}

/** Why it was done, and the words that a rule stopped. */
export function detailOf(measure: Measure): { reason: string | null; said: string | null } {
  const { t } = i18next;
  const said = typeof measure.details["content"] === "string" ? measure.details["content"] : null;
  if (!measure.reason || measure.action === "role") return { reason: null, said };
  const rule = RULES.find((kind) => measure.reason === `rule:${kind}`);
  return { reason: rule ? t(`manage.chat.kinds.${rule}`) : t("manage.log.reason", { reason: measure.reason }), said };
}
