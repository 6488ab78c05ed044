import type { Planned } from "./platform-preview.ts";

/**
 * What the engine goes by when it creates and deletes: dependencies, the provider, and the parent, which is registered before its
 * children and deleted after them.
 */
export class ResourceGraph {
  readonly #byUrn: ReadonlyMap<string, Planned>;

  constructor(resources: readonly Planned[]) {
    this.#byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  }

  /** The one resource of this name and type, written as the golden files do. */
  find(type: string, name: string): Planned {
    const found = [...this.#byUrn.values()].filter((one) => one.type === type && one.name === name);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} resources are ${type} ${name}`);
    return found[0];
  }

  ofType(type: string): Planned[] {
    return [...this.#byUrn.values()].filter((resource) => resource.type === type);
  }

  /** URNs of everything that must be there before it, and goes after it. */
  before(resource: Planned): ReadonlySet<string> {
    const seen = new Set<string>();
    const next = [resource];
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      for (const urn of directly(one)) {
        const found = this.#byUrn.get(urn);
        if (found === undefined || seen.has(urn)) continue;
        seen.add(urn);
        next.push(found);
      }
    }
    return seen;
  }

  comesAfter(later: Planned, earlier: Planned): boolean {
    return this.before(later).has(earlier.urn);
  }
}

function directly({ dependencies, propertyDependencies, provider, parent }: Planned): string[] {
  const byProperty = Object.values(propertyDependencies).flatMap((urns) => urns ?? []);
  // A provider's reference is its URN and, after two more colons, its id.
  const providerUrn = provider.slice(0, Math.max(0, provider.lastIndexOf("::")));
  return [...dependencies, ...byProperty, providerUrn, ...(parent === undefined ? [] : [parent])];
}
