import { type ComponentType, lazy } from "react";

/** A component of a file that is loaded when it is first shown. */
export function later<Name extends string>(
  load: () => Promise<Record<Name, ComponentType>>,
  name: Name,
) {
  return lazy(async () => ({ default: (await load())[name] }));
}
