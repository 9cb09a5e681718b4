import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const WHOLE = "node_modules/@mantine/core/styles.css";
const CLASS = /\bm_[0-9a-f]{6,8}\b/g;

/** Ends a build in which a component of Mantine is used and its styles are not (`src/ui/mantine.css`). */
export function styled(): Plugin {
  return {
    name: "styled",
    apply: "build",
    generateBundle(_, bundle) {
      const used = new Set<string>();
      const given = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") for (const name of file.code.match(CLASS) ?? []) used.add(name);
        else if (file.fileName.endsWith(".css"))
          for (const name of String(file.source).match(CLASS) ?? []) given.add(name);
      }
      const all = readFileSync(join(import.meta.dirname, WHOLE), "utf8");
      const missing = [...used].filter((name) => !given.has(name) && all.includes(name));
      if (missing.length) this.error(`No styles in src/ui/mantine.css for ${missing.join(", ")}`);
    },
  };
}
