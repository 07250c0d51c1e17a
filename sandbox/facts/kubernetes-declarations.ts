import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { Fact } from "./fact";
import { type Definition, type DefinitionField, KUBERNETES_KINDS, kindDefinition } from "./kubernetes";

/** Where an interface of the declarations file is: `core.v1` and `Container`. */
type Interfaces = ReadonlyMap<string, ts.InterfaceDeclaration>;

/** Definitions of all kinds in {@link KUBERNETES_KINDS} and of everything they contain, by name (`core.v1.Container`). */
export function extractDefinitions(): Record<string, Definition> {
  const interfaces = declaredInterfaces();
  const definitions: Record<string, Definition> = {};
  const queue = Object.values(KUBERNETES_KINDS).flatMap((kind) => ("apiVersion" in kind ? [kindDefinition(kind)] : []));
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (definitions[name] !== undefined) continue;
    const declaration = interfaces.get(name);
    if (declaration === undefined) throw new Error(`@pulumi/kubernetes declares no input type ${name}`);
    const definition = definitionOf(declaration);
    definitions[name] = definition;
    queue.push(...Object.values(definition).flatMap((field) => field.elem ?? []));
  }
  return definitions;
}

function declaredInterfaces(): Interfaces {
  const path = join(dirname(require.resolve("@pulumi/kubernetes/package.json")), "types", "input.d.ts");
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022);
  const interfaces = new Map<string, ts.InterfaceDeclaration>();
  const visit = (node: ts.Node, scope: readonly string[]): void => {
    if (ts.isModuleDeclaration(node)) {
      const inner = [...scope, node.name.text];
      node.body?.forEachChild((child) => visit(child, inner));
      if (node.body !== undefined && ts.isModuleDeclaration(node.body)) visit(node.body, inner);
    } else if (ts.isInterfaceDeclaration(node)) interfaces.set([...scope, node.name.text].join("."), node);
  };
  source.forEachChild((node) => visit(node, []));
  return interfaces;
}

function definitionOf(declaration: ts.InterfaceDeclaration): Definition {
  const fields: Record<string, DefinitionField> = {};
  for (const member of declaration.members) {
    if (!ts.isPropertySignature(member) || member.type === undefined) continue;
    const name = ts.isIdentifier(member.name) || ts.isStringLiteral(member.name) ? member.name.text : "";
    const use: { required: true } | { optional: true } =
      member.questionToken === undefined ? { required: true } : { optional: true };
    fields[name] = { ...fieldType(member.type), ...use };
  }
  return fields;
}

/** `pulumi.Input<T | undefined>`, at any depth, is T. */
function unwrap(type: ts.TypeNode): ts.TypeNode {
  if (ts.isParenthesizedTypeNode(type)) return unwrap(type.type);
  if (ts.isTypeReferenceNode(type) && qualifiedName(type.typeName).join(".") === "pulumi.Input") {
    const [argument] = type.typeArguments ?? [];
    return argument === undefined ? type : unwrap(argument);
  }
  if (ts.isUnionTypeNode(type)) {
    const [first, ...rest] = type.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
    if (first !== undefined && rest.length === 0) return unwrap(first);
  }
  return type;
}

function fieldType(declared: ts.TypeNode): DefinitionField {
  const type = unwrap(declared);
  if (ts.isArrayTypeNode(type)) return { type: "list", ...elementOf(type.elementType) };
  if (ts.isTypeLiteralNode(type)) return { type: "map" };
  if (ts.isUnionTypeNode(type)) return { type: "intOrString" };
  if (ts.isTypeReferenceNode(type)) {
    const [first, ...rest] = qualifiedName(type.typeName);
    return first === "inputs" ? { type: "object", elem: rest.join(".") } : { type: "any" };
  }
  if (ts.isLiteralTypeNode(type)) return { type: "string" };
  const keywords: Partial<Record<ts.SyntaxKind, Fact["type"]>> = {
    [ts.SyntaxKind.StringKeyword]: "string",
    [ts.SyntaxKind.NumberKeyword]: "float",
    [ts.SyntaxKind.BooleanKeyword]: "bool",
  };
  return { type: keywords[type.kind] ?? "any" };
}

function elementOf(type: ts.TypeNode): { elem?: string } {
  const { elem } = fieldType(type);
  return elem === undefined ? {} : { elem };
}

function qualifiedName(name: ts.EntityName): string[] {
  return ts.isIdentifier(name) ? [name.text] : [...qualifiedName(name.left), name.right.text];
}

/** The text of the definitions file: one line per definition, sorted by name. */
export function formatDefinitions(definitions: Readonly<Record<string, Definition>>): string {
  const names = Object.keys(definitions).sort();
  return names.map((name) => `${JSON.stringify({ name, fields: definitions[name] })}\n`).join("");
}
