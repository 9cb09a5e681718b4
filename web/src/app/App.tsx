import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { Component, lazy, type ReactNode, Suspense, useMemo } from "react";
import { createBrowserRouter, Navigate, Outlet, RouterProvider, useLocation } from "react-router";
import { api, asked, Problem, whenSessionEnds } from "../api/client";
import { TodayContext } from "../model/format";
import { can, landing, type Reach } from "../model/reach";
import { useWords } from "../model/words";
import { Failure, Loading } from "../ui/Panel";
import { Missing, Words } from "./Missing";
import { MeContext, useDay, useMe } from "./me";
import { PAGES, pagesFor } from "./pages";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";
import { themeOf, variables } from "./theme";
import { appWords } from "./words";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 1 && error instanceof Problem && error.status === 0,
    },
  },
});

// Whoever is no longer signed in is led to the door, from wherever that was noticed.
whenSessionEnds(() => queries.invalidateQueries({ queryKey: ["me"] }));

export function App({ nonce }: { nonce: string }) {
  const say = useWords(appWords);
  const close = say("close");
  const theme = useMemo(() => themeOf(close), [close]);
  const router = useMemo(() => createBrowserRouter(ROUTES, { basename: "/tower" }), []);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" autoClose={8000} transitionDuration={0} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

const ROUTES = [
  {
    element: <Door />,
    children: [
      { index: true, element: <Landing /> },
      ...PAGES.map(({ path, load, isFor }) => {
        const Page = lazy(load);
        return { path: `${path}/*`, element: <Mine isFor={isFor} page={<Page />} /> };
      }),
      { path: "*", element: <Missing /> },
    ],
  },
];

/** Nobody comes in without a session; whoever has one finds the shell. */
function Door() {
  const me = useQuery({
    queryKey: ["me"],
    queryFn: () => asked(api.GET("/v1/me")),
    staleTime: 60_000,
    retry: false,
  });
  if (me.error instanceof Problem && me.error.status === 401) return <SignIn />;
  if (me.error && !me.data) {
    return (
      <main className="alone">
        <Failure error={me.error} retry={() => me.refetch()} />
      </main>
    );
  }
  if (!me.data) return <Loading lines={6} />;
  return (
    <MeContext value={me.data}>
      <Dated>
        <Shell>
          <Guard>
            <Suspense fallback={<Loading lines={8} />}>
              <Outlet />
            </Suspense>
          </Guard>
        </Shell>
      </Dated>
    </MeContext>
  );
}

/** What is in it writes a day without its year where that is the business's own. */
function Dated({ children }: { children: ReactNode }) {
  return <TodayContext value={useDay().data}>{children}</TodayContext>;
}

/** Where somebody begins: by the kind of their work, or with the first hour where nothing is yet. */
function Landing() {
  const { reach } = useMe();
  const mayBring = can(reach, "files.import") && can(reach, "catalog.read");
  const there = useQuery({
    queryKey: ["first-hour", "emptiness"],
    queryFn: () => asked(api.GET("/v1/first-hour/emptiness")),
    enabled: mayBring,
    retry: false,
  });
  const first = landing(
    reach,
    pagesFor(reach).map((page) => page.path),
  );
  const say = useWords(appWords);
  if (mayBring && there.isPending) return <Loading lines={6} />;
  if (mayBring && there.data?.is_empty) return <Navigate to="/first-hour" replace />;
  if (first !== "/nothing") return <Navigate to={first} replace />;
  return <Words title={say("nothing")} text={say("nothingText")} />;
}

function Mine({ isFor, page }: { isFor: (reach: Reach) => boolean; page: ReactNode }) {
  const { reach } = useMe();
  return isFor(reach) ? page : <Missing />;
}

/** A page that breaks says so, and leaves the shell standing; another address is another try. */
function Guard({ children }: { children: ReactNode }) {
  const { pathname } = useLocation();
  return <Fence key={pathname}>{children}</Fence>;
}

class Fence extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const say = useWords(appWords);
  return (
    <Words title={say("broken")} text={say("brokenText")}>
      <button type="button" className="plain-button" onClick={() => window.location.reload()}>
        {say("reload")}
      </button>
    </Words>
  );
}
