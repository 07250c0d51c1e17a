import { isPlaced } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";
import { at, isMap, show, texts, text, UNKNOWN, type Properties } from "../support/values";

/** Properties that say where a resource is, in the resource itself and in its provider. */
const PLACES = ["region", "zone", "location"] as const;
const ZONE_LISTS = ["distributionPolicyZones", "nodeLocations"] as const;

export const clusterRegion: ResourceRule = {
  name: "cluster-region",
  description:
    "Everything in a cluster's stack lies in the cluster's one region, so that another region's outage cannot reach it.",
  severity: "critical",
  remedy: "place it in the cluster's region and zones (clusters.<name>.region and .zones)",
  appliesTo: (type, { cluster }) => cluster !== undefined && isPlaced(type),
  check: ({ properties }, { cluster }) => {
    if (cluster === undefined) return [];
    const { region, zones } = cluster.config;
    return placesOf(properties)
      .filter(({ place }) => place !== region && !zones.includes(place))
      .map(
        ({ property, place }) =>
          `${property} ${show(place)} is outside cluster ${cluster.name}, whose region is ${region}`,
      );
  },
};

interface Place {
  readonly property: string;
  readonly place: string;
}

function placesOf(properties: Properties): Place[] {
  const single = PLACES.flatMap((property) => toPlace(property, properties[property]));
  const lists = ZONE_LISTS.flatMap((property) =>
    texts(properties[property]).flatMap((zone) => toPlace(property, zone)),
  );
  return [...single, ...lists, ...replicasOf(properties)];
}

/** A secret that is not regional says where its replicas are. */
function replicasOf(properties: Properties): Place[] {
  const replicas = at(properties, "replication.userManaged.replicas");
  if (replicas === UNKNOWN || !Array.isArray(replicas)) return [];
  return replicas.filter(isMap).flatMap((replica) => toPlace("replication.userManaged.replicas", replica.location));
}

/** A place may be written as a link, whose last part is its name. */
function toPlace(property: string, value: unknown): Place[] {
  const place = text(value)?.split("/").at(-1);
  return place === undefined || place === "" ? [] : [{ property, place }];
}
