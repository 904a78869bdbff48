import i18next from "i18next";
import { problemText } from "../shell/problem";
import { complain, useToasts } from "../shell/toasts";
import { NoSound } from "./capture";

/** Why a broadcast did not begin, in words. */
export function liveProblemText(problem: unknown): string {
  if (problem instanceof NoSound) return i18next.t("live.noSound");
  if (problem instanceof DOMException) return i18next.t(problem.name === "NotAllowedError" ? "live.refused" : "live.noDevice");
  return problemText(problem);
}

/** The same as a note at the edge of the page. */
export function liveProblem(problem: unknown): void {
  if (problem instanceof DOMException || problem instanceof NoSound) {
    useToasts.getState().show({ look: "bad", title: i18next.t("live.goLive"), body: liveProblemText(problem) });
  } else complain(i18next.t("live.goLive"), problem);
}
