import type { ReactNode } from "react";
import { Route, Routes } from "react-router";
import { useWords } from "../model/words";
import { appWords } from "./words";

/** A page that has nothing to show but what it says. */
export function Words({
  title,
  text,
  children,
}: {
  title: string;
  text: string;
  children?: ReactNode;
}) {
  return (
    <div className="words">
      <h1>{title}</h1>
      <p>{text}</p>
      {children}
    </div>
  );
}

/** There is nothing at this address, or nothing for this reader. */
export function Missing() {
  const say = useWords(appWords);
  return <Words title={say("missing")} text={say("missingText")} />;
}

/** The addresses of a page that has several; at any other below it there is nothing. */
export function PageRoutes({ children }: { children: ReactNode }) {
  return (
    <Routes>
      {children}
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
