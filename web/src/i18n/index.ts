/** Language of the page: the one chosen before, else the browser's, else English. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Messages } from "./en";

export const LANGUAGES = { en: "English", fr: "Français", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED_AS = "veza.language";

const load: Record<Language, () => Promise<Messages>> = {
  en: async () => (await import("./en")).en,
  fr: async () => (await import("./fr")).fr,
  es: async () => (await import("./es")).es,
};

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Messages };
  }
}

/** First of `wanted` (BCP 47 tags, best first) that the page speaks. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    if (base in LANGUAGES) return base as Language;
  }
  return "en";
}

export function currentLanguage(): Language {
  return pickLanguage([i18next.language]);
}

/** The same language with the browser's region, for dates and numbers: `en` in Britain is `en-GB`. */
export function currentLocale(): string {
  const language = currentLanguage();
  return navigator.languages.find((tag) => pickLanguage([tag]) === language && tag.toLowerCase().startsWith(language)) ?? language;
}

/** Loads the words before the first render, so that no text changes under the reader. */
export async function startLanguage(): Promise<void> {
  const stored = readStored();
  const language = pickLanguage(stored ? [stored, ...navigator.languages] : navigator.languages);
  const words = await load[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: words } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
    showSupportNotice: false,
  });
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await load[language]());
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(STORED_AS, language);
  } catch {
    // Storage can be forbidden; the choice then lasts for this visit.
  }
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}
