/// <reference types="vite/client" />

declare module "virtual:shores" {
  type Box = readonly [west: number, south: number, east: number, north: number];
  /** So many steps of a ring make a degree. */
  export const steps: number;
  /** Parts of the world: where each reaches, and what brings its rings. */
  export const parts: readonly (readonly [
    box: Box,
    bring: () => Promise<{ default: readonly (readonly number[])[] }>,
  ])[];
}
