import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { Field, Fields, Shape } from "./shape.ts";

/** One resource type as its npm package declares it. */
export interface ResourceType {
  args: Fields;
  /** Outputs that always have a value: the provider computes them where the program gives none. */
  computed: string[];
}

/**
 * What an npm package `@pulumi/<name>` knows of its types: read from its type declarations, the same that the program is
 * checked against, one file per resource type that is used.
 */
export class Declarations {
  readonly #folder: string;
  readonly #types = new Map<string, ResourceType | undefined>();
  readonly #objects = new Map<string, Fields | undefined>();
  #inputs: { text: string; interfaces: Map<string, { start: number; end: number }> } | undefined;

  constructor(packageName: string) {
    this.#folder = dirname(createRequire(import.meta.url).resolve(`@pulumi/${packageName}/package.json`));
  }

  /** The type a token names, e.g. `aws:ec2/vpc:Vpc`; undefined when the package has none of that name. */
  resourceType(token: string): ResourceType | undefined {
    if (!this.#types.has(token)) this.#types.set(token, this.#read(token));
    return this.#types.get(token);
  }

  /** Arguments of the package's provider. */
  providerArgs(): Fields {
    const source = parse(readFileSync(join(this.#folder, "provider.d.ts"), "utf8"));
    return fieldsOf(findInterface(source, "ProviderArgs"), source);
  }

  /** The fields of an object type by its name in the package, e.g. `eks.NodeGroupScalingConfig`. */
  readonly lookup = (name: string): Fields | undefined => {
    if (!this.#objects.has(name)) this.#objects.set(name, this.#readObject(name));
    return this.#objects.get(name);
  };

  #read(token: string): ResourceType | undefined {
    const kind = token.split(":").at(-1) ?? "";
    const file = this.#file(token);
    if (file === undefined) return undefined;
    const source = parse(readFileSync(file, "utf8"));
    const declaration = findInterface(source, `${kind}Args`);
    const resource = source.statements.find(
      (statement) => ts.isClassDeclaration(statement) && statement.name?.text === kind,
    );
    if (declaration === undefined || resource === undefined || !ts.isClassDeclaration(resource)) return undefined;
    return { args: fieldsOf(declaration, source), computed: computedOutputs(resource, source) };
  }

  /** `aws:ec2/vpc:Vpc` stands in ec2/vpc.d.ts, `kubernetes:rbac.authorization.k8s.io/v1:Role` in rbac/v1/role.d.ts. */
  #file(token: string): string | undefined {
    const [packageName, module = "", kind = ""] = token.split(":");
    const fileName = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}.d.ts`;
    const [first = "", second = ""] = module.split("/");
    const folders =
      packageName === "kubernetes" ? [first.split(".")[0] ?? "", second] : first === "index" ? [] : [first];
    const file = join(this.#folder, ...folders, fileName);
    return existsSync(file) ? file : undefined;
  }

  #readObject(name: string): Fields | undefined {
    this.#inputs ??= indexInterfaces(readFileSync(join(this.#folder, "types", "input.d.ts"), "utf8"));
    const found = this.#inputs.interfaces.get(name);
    if (found === undefined) return undefined;
    const source = parse(this.#inputs.text.slice(found.start, found.end));
    return fieldsOf(
      source.statements.find((statement) => ts.isInterfaceDeclaration(statement)),
      source,
    );
  }
}

/**
 * Where each interface of a generated file stands. The file has 6 MB: only the parts that are needed are parsed, and the
 * generator's indentation says where they begin and end.
 */
function indexInterfaces(text: string): { text: string; interfaces: Map<string, { start: number; end: number }> } {
  const interfaces = new Map<string, { start: number; end: number }>();
  const scopes: { name: string; indent: number }[] = [];
  const pattern = /^( *)(?:export )?(?:declare )?(namespace|interface) (\w+)[^\n]*\{$/gm;
  for (const match of text.matchAll(pattern)) {
    const [, spaces = "", form, name = ""] = match;
    while ((scopes.at(-1)?.indent ?? -1) >= spaces.length) scopes.pop();
    if (form === "namespace") scopes.push({ name, indent: spaces.length });
    else {
      const end = text.indexOf(`\n${spaces}}`, match.index) + spaces.length + 2;
      interfaces.set([...scopes.map((scope) => scope.name), name].join("."), { start: match.index, end });
    }
  }
  return { text, interfaces };
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
}

function findInterface(source: ts.SourceFile, name: string): ts.Statement | undefined {
  return source.statements.find((statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name);
}

function fieldsOf(declaration: ts.Statement | undefined, source: ts.SourceFile): Fields {
  const fields: Record<string, Field> = {};
  if (declaration === undefined || !ts.isInterfaceDeclaration(declaration)) return fields;
  for (const member of declaration.members) {
    if (!ts.isPropertySignature(member) || member.type === undefined) continue;
    const name = ts.isStringLiteral(member.name) ? member.name.text : member.name.getText(source);
    fields[name] = { required: member.questionToken === undefined, shape: shapeOf(member.type, source) };
  }
  return fields;
}

function computedOutputs(declaration: ts.ClassDeclaration, source: ts.SourceFile): string[] {
  return declaration.members.flatMap((member) => {
    if (!ts.isPropertyDeclaration(member) || member.type === undefined) return [];
    const optional = /\| undefined>$/.test(member.type.getText(source));
    return optional ? [] : [member.name.getText(source)];
  });
}

function shapeOf(type: ts.TypeNode, source: ts.SourceFile): Shape {
  switch (type.kind) {
    case ts.SyntaxKind.StringKeyword:
      return { is: "string" };
    case ts.SyntaxKind.NumberKeyword:
      return { is: "number" };
    case ts.SyntaxKind.BooleanKeyword:
      return { is: "boolean" };
    default:
  }
  if (ts.isParenthesizedTypeNode(type)) return shapeOf(type.type, source);
  if (ts.isArrayTypeNode(type)) return { is: "list", of: shapeOf(type.elementType, source) };
  if (ts.isLiteralTypeNode(type)) return literal(type, source);
  if (ts.isUnionTypeNode(type)) {
    const shapes = type.types
      .filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword)
      .map((part) => shapeOf(part, source));
    if (shapes.some((shape) => shape.is === "anything")) return { is: "anything" };
    return shapes.length === 1 && shapes[0] !== undefined ? shapes[0] : { is: "oneOf", shapes };
  }
  if (ts.isTypeLiteralNode(type)) {
    const index = type.members.find((member) => ts.isIndexSignatureDeclaration(member));
    return index === undefined ? { is: "anything" } : { is: "map", of: shapeOf(index.type, source) };
  }
  if (ts.isTypeReferenceNode(type)) {
    const name = type.typeName.getText(source);
    if (name === "pulumi.Input" && type.typeArguments?.[0] !== undefined) return shapeOf(type.typeArguments[0], source);
    if (name.startsWith("inputs.")) return { is: "object", name: name.slice("inputs.".length) };
  }
  // Enumerations, assets and other resources: the engine and the compiler know better.
  return { is: "anything" };
}

function literal(type: ts.LiteralTypeNode, source: ts.SourceFile): Shape {
  if (ts.isStringLiteral(type.literal)) return { is: "literal", value: type.literal.text };
  const text = type.literal.getText(source);
  if (text === "true" || text === "false") return { is: "literal", value: text === "true" };
  return Number.isFinite(Number(text)) ? { is: "literal", value: Number(text) } : { is: "anything" };
}
