import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";

export type Language = "en" | "fr";

/** A key as it is asked for: of words that have a number, without their plural. */
type Key<T> = keyof T extends infer K
  ? K extends `${infer Base}_one` | `${infer Base}_other`
    ? Base
    : K
  : never;

export interface Words<T> {
  readonly name: string;
  readonly en: T;
  readonly fr: { readonly [K in keyof T]: string };
}

export type Say<T> = (key: Key<T> & string, values?: Record<string, unknown>) => string;

/** The words of one part of the application, in both languages: the same keys, by type. */
export function words<const T extends Record<string, string>>(
  name: string,
  en: T,
  fr: { readonly [K in keyof T]: string },
): Words<T> {
  return { name, en, fr };
}

export function startWords(language: Language) {
  return i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    resources: {},
    interpolation: { escapeValue: false },
    keySeparator: false,
    nsSeparator: false,
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
}

export function useWords<T>(of: Words<T>): Say<T> {
  known(of);
  const { t } = useTranslation(of.name);
  return (key, values) => t(key, values as Record<string, string>) as unknown as string;
}

/** The words for code outside of components. */
export function sayer<T>(of: Words<T>): Say<T> {
  known(of);
  return (key, values) => i18next.t(key, { ns: of.name, ...values });
}

export function useLanguage(): Language {
  return useTranslation().i18n.language === "fr" ? "fr" : "en";
}

function known<T>(of: Words<T>) {
  if (i18next.hasResourceBundle("en", of.name)) return;
  i18next.addResourceBundle("en", of.name, of.en);
  i18next.addResourceBundle("fr", of.name, of.fr);
}
