import { readPreference, writePreference } from "../storage";
import { Store, useStore } from "../store";
import { fill, type Catalogue, type Language, type MessageKey } from "./catalogue";
import { en } from "./en";
import { ko } from "./ko";

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, ko };

function preferred(): Language {
  const stored = readPreference("language");
  if (stored === "en" || stored === "ko") return stored;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith("ko")) ? "ko" : "en";
}

export const language = new Store<Language>(preferred());

export function chooseLanguage(code: Language): void {
  writePreference("language", code);
  language.set(code);
  document.documentElement.lang = code;
}

export type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

const translators: Readonly<Record<Language, Translate>> = {
  en: (key, values = {}) => fill(CATALOGUES.en[key], values),
  ko: (key, values = {}) => fill(CATALOGUES.ko[key], values),
};

/** The texts of the language in use; the same function for as long as that stays. */
export function useTranslate(): Translate {
  return translators[useStore(language)];
}
