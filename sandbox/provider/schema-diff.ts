import { type Fact, type Facts, shapeOf } from "../facts/fact";
import type { Change, ChangeKind } from "./package";
import type { PropertyPath } from "./property-path";
import { containsUnknown, equal, isAbsent, isProperties, isUnknown, type Properties, type Value } from "./values";

/** Whether two different scalar spellings mean the same to the provider. */
export type SameMeaning = (old: Value, next: Value) => boolean;

/**
 * What changes between the recorded outputs of a resource and its new inputs. Computed properties that are not given
 * keep their value without a difference; sets compare without order; an unknown new value counts as a change.
 */
export function diffSchema(facts: Facts, olds: Properties, news: Properties, same: SameMeaning = equal): Change[] {
  return new SchemaDiff(same).run(facts, olds, news);
}

class SchemaDiff {
  private readonly changes: Change[] = [];

  constructor(private readonly same: SameMeaning) {}

  run(facts: Facts, olds: Properties, news: Properties): Change[] {
    this.object(facts, olds, news, [], false);
    return this.changes;
  }

  private object(facts: Facts, olds: Properties, news: Properties, path: PropertyPath, replace: boolean): void {
    for (const name of Object.keys(facts).sort()) {
      const fact = facts[name]!;
      this.property(fact, olds[name], news[name], [...path, name], replace || fact.forceNew === true);
    }
  }

  private property(
    fact: Fact,
    old: Value | undefined,
    next: Value | undefined,
    path: PropertyPath,
    replace: boolean,
  ): void {
    const nothing = (value: Value | undefined) => isAbsent(value) || isEmptyMap(fact, value);
    if (nothing(next)) {
      if (nothing(old) || fact.computed === true) return;
      this.add(path, "delete", replace || forcesNew(fact, old));
    } else if (nothing(old)) {
      this.add(path, "add", replace || forcesNew(fact, next));
    } else {
      this.both(fact, old as Value, next as Value, path, replace);
    }
  }

  private both(fact: Fact, old: Value, next: Value, path: PropertyPath, replace: boolean): void {
    const shape = shapeOf(fact);
    if (isUnknown(next)) this.add(path, "update", replace || forcesNew(fact, old));
    else if (shape === "object" && fact.elem !== undefined && isProperties(old) && isProperties(next)) {
      this.object(fact.elem, old, next, path, replaceInside(fact, replace));
    } else if ((shape === "map" || shape === "any" || shape === "object") && isProperties(old) && isProperties(next)) {
      this.map(old, next, path, replace);
    } else if (shape === "set" && Array.isArray(old) && Array.isArray(next)) {
      this.set(fact, old, next, path, replace);
    } else if (Array.isArray(old) && Array.isArray(next)) this.list(fact, old, next, path, replace);
    else if (!equal(old, next) && !this.same(old, next)) this.add(path, "update", replace);
  }

  private map(old: Properties, next: Properties, path: PropertyPath, replace: boolean): void {
    for (const key of [...new Set([...Object.keys(old), ...Object.keys(next)])].sort()) {
      this.anything(old[key], next[key], [...path, key], replace);
    }
  }

  private list(fact: Fact, old: Value[], next: Value[], path: PropertyPath, replace: boolean): void {
    for (let index = 0; index < Math.max(old.length, next.length); index++) {
      const [before, after] = [old[index], next[index]];
      const at = [...path, index];
      if (fact.elem !== undefined && isProperties(before) && isProperties(after)) {
        this.object(fact.elem, before, after, at, replaceInside(fact, replace));
      } else {
        const elementReplaces = replace || forcesNew(fact, [before ?? after ?? null]);
        this.anything(before, after, at, elementReplaces);
      }
    }
  }

  private set(fact: Fact, old: Value[], next: Value[], path: PropertyPath, replace: boolean): void {
    const matches = (a: Value, b: Value) => this.sameElement(fact, a, b);
    const gone = old.filter((a) => !next.some((b) => matches(a, b)));
    const come = next.filter((b) => !old.some((a) => matches(a, b)));
    if (gone.length === 0 && come.length === 0) return;
    this.add(path, "update", replace || forcesNew(fact, [...gone, ...come]));
  }

  private sameElement(fact: Fact, old: Value, next: Value): boolean {
    if (fact.elem === undefined) return equal(old, next) || (!containsUnknown(next) && this.same(old, next));
    if (!isProperties(old) || !isProperties(next)) return false;
    return new SchemaDiff(this.same).run(fact.elem, old, next).length === 0;
  }

  /** Compares what no facts describe. */
  private anything(old: Value | undefined, next: Value | undefined, path: PropertyPath, replace: boolean): void {
    if (equal(old, next)) return;
    if (isAbsent(old)) this.add(path, "add", replace);
    else if (isAbsent(next)) this.add(path, "delete", replace);
    else if (isProperties(old) && isProperties(next)) this.map(old, next, path, replace);
    else if (Array.isArray(old) && Array.isArray(next)) {
      for (let index = 0; index < Math.max(old.length, next.length); index++) {
        this.anything(old[index], next[index], [...path, index], replace);
      }
    } else if (containsUnknown(next) || !this.same(old, next)) this.add(path, "update", replace);
  }

  private add(path: PropertyPath, kind: ChangeKind, replace: boolean): void {
    this.changes.push({ path, kind, replace });
  }
}

/**
 * Inside a nested object every property decides for itself whether it replaces the resource: `forceNew` on the
 * object is about its coming and going. Kubernetes marks whole fields as immutable, which includes what is inside.
 */
function replaceInside(fact: Fact, replace: boolean): boolean {
  return fact.type === "object" || fact.type === "any" ? replace : false;
}

function isEmptyMap(fact: Fact, value: Value | undefined): boolean {
  return fact.type === "map" && isProperties(value) && Object.keys(value).length === 0;
}

/** Whether something inside `value` (which comes, goes or becomes unknown) is marked `forceNew`. */
function forcesNew(fact: Fact, value: Value | undefined): boolean {
  const { elem } = fact;
  if (elem === undefined) return false;
  const objects = Array.isArray(value) ? value : [value];
  return objects.some(
    (object) =>
      isProperties(object) &&
      Object.entries(elem).some(
        ([name, inner]) => !isAbsent(object[name]) && (inner.forceNew === true || forcesNew(inner, object[name])),
      ),
  );
}
