import { Button, Kbd, Menu, Modal, useMantineColorScheme } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { type ReactNode, useEffect, useState } from "react";
import { Link, NavLink, useLocation, useNavigate } from "react-router";
import { api, asked } from "../api/client";
import { useLanguage, useWords } from "../model/words";
import { tellFailure } from "../ui/Act";
import { undoLast } from "../ui/undos";
import { useMe } from "./me";
import { Palette } from "./Palette";
import { Password } from "./Password";
import { pageAt, pagesFor } from "./pages";
import { appWords } from "./words";

/** What stands around every page: where one can go, who one is, and the search. */
export function Shell({ children }: { children: ReactNode }) {
  const say = useWords(appWords);
  const language = useLanguage();
  const { reach } = useMe();
  const pages = pagesFor(reach);
  const navigate = useNavigate();
  const [isSearching, setSearching] = useState(false);
  const [isHelping, setHelping] = useState(false);
  const [isChanging, setChanging] = useState(false);
  useTitle();
  useHotkeys([
    ["mod+K", () => setSearching(true)],
    ["/", () => setSearching(true)],
    ["shift+?", () => setHelping(true)],
    ["?", () => setHelping(true)],
    ["alt+Z", undoLast],
    ...pages
      .slice(0, 9)
      .map(({ path }, index): [string, () => void] => [`alt+${index + 1}`, () => navigate(path)]),
  ]);
  return (
    <>
      <a className="skip" href="#content">
        {say("skip")}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          Noria
        </Link>
        <nav className="top-nav" aria-label={say("menu")}>
          {pages.map(({ path, title }) => (
            <NavLink key={path} to={path}>
              {title[language]}
            </NavLink>
          ))}
        </nav>
        <div className="top-side">
          <Button
            variant="default"
            size="xs"
            className="search-button"
            onClick={() => setSearching(true)}
            rightSection={
              <Kbd size="xs" aria-hidden="true">
                Ctrl K
              </Kbd>
            }
          >
            {say("search")}
          </Button>
          <LanguageButton />
          <MyMenu openHelp={() => setHelping(true)} openPassword={() => setChanging(true)} />
        </div>
      </header>
      <main id="content" className="content" tabIndex={-1}>
        {children}
      </main>
      <Palette isOpen={isSearching} close={() => setSearching(false)} pages={pages} />
      <Help isOpen={isHelping} close={() => setHelping(false)} />
      <Password isOpen={isChanging} close={() => setChanging(false)} />
    </>
  );
}

export function LanguageButton() {
  const language = useLanguage();
  const say = useWords(appWords);
  const queries = useQueryClient();
  const other = language === "fr" ? "en" : "fr";
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      lang={other}
      aria-label={`${other.toUpperCase()} · ${say("language")}`}
      onClick={() => changeLanguage(other, queries)}
    >
      {other.toUpperCase()}
    </Button>
  );
}

const LANGUAGE_KEY = "noria-language";

/** What the server says is in words too: all that was answered is asked for again. */
function changeLanguage(language: "en" | "fr", queries: QueryClient) {
  document.documentElement.lang = language;
  localStorage.setItem(LANGUAGE_KEY, language);
  i18next.changeLanguage(language);
  queries.invalidateQueries({ predicate: ({ state }) => state.data !== undefined });
}

/** The language that was chosen here, else the browser's. */
export function firstLanguage(): "en" | "fr" {
  const chosen = localStorage.getItem(LANGUAGE_KEY);
  if (chosen === "en" || chosen === "fr") return chosen;
  return navigator.language.startsWith("fr") ? "fr" : "en";
}

interface MyMenuProps {
  openHelp: () => void;
  openPassword: () => void;
}

function MyMenu({ openHelp, openPassword }: MyMenuProps) {
  const say = useWords(appWords);
  const { me } = useMe();
  const queries = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = () =>
    asked(api.DELETE("/v1/sessions/current")).then(() => {
      queries.clear();
      window.location.assign("/tower");
    }, tellFailure);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          size="compact-sm"
          className="me-button"
          rightSection={<span aria-hidden="true">▾</span>}
        >
          <span className="cut">{me.name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{say("appearance")}</Menu.Label>
        {(["light", "dark", "auto"] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            rightSection={colorScheme === scheme ? "✓" : undefined}
          >
            {say(scheme)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={openHelp} rightSection={<Kbd size="xs">?</Kbd>}>
          {say("shortcuts")}
        </Menu.Item>
        <Menu.Item component="a" href="/docs">
          {say("apiDocs")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={openPassword}>{say("changePassword")}</Menu.Item>
        <Menu.Item onClick={signOut}>{say("signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Help({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const say = useWords(appWords);
  const rows = [
    ["Ctrl K, /", say("shortcutSearch")],
    ["Alt 1–9", say("shortcutGo")],
    ["↑ ↓", say("shortcutRows")],
    ["Enter", say("shortcutOpen")],
    ["Esc", say("shortcutClose")],
    ["Alt Z", say("shortcutUndo")],
    ["?", say("shortcutHelp")],
  ];
  return (
    <Modal opened={isOpen} onClose={close} title={say("shortcuts")}>
      <table className="keys">
        <tbody>
          {rows.map(([keys, what]) => (
            <tr key={keys}>
              <th scope="row">
                <Kbd>{keys}</Kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}

/** The title of the window is that of the page, for whoever has many of them open. */
function useTitle() {
  const { pathname } = useLocation();
  const language = useLanguage();
  const { reach } = useMe();
  useEffect(() => {
    const page = pageAt(pathname, pagesFor(reach));
    const rest = pathname.split("/").slice(2).map(decodeURIComponent).join(" ");
    document.title = [rest, page?.title[language], "Noria"].filter(Boolean).join(" · ");
  }, [pathname, language, reach]);
}
