import { NavLink } from "react-router";

export interface Tab {
  to: string;
  name: string;
  /** Whether it is meant by this address alone, and not by those below it. */
  isExact?: boolean;
}

/** Parts of a page, each with an address of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ to, name, isExact }) => (
        <NavLink key={to} to={to} end={isExact}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
