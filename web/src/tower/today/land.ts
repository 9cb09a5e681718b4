import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import world from "world-atlas/countries-50m.json";
import type { Rings } from "./geography";

const topology = world as unknown as Topology<{ countries: GeometryCollection }>;

/** The shores and borders of every country (Natural Earth, public domain), as rings of points. */
export const countries: Rings[] = feature(topology, topology.objects.countries).features.flatMap(
  ({ geometry }) => {
    if (geometry.type === "Polygon") return [geometry.coordinates as Rings];
    if (geometry.type === "MultiPolygon") return geometry.coordinates as Rings[];
    return [];
  },
);
