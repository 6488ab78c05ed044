/** The import directions of the house; see "Layout" in README.md. */
const inside = (room) => `^${room}/`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    forbid(
      "no-cycles",
      "a cycle means two files are one",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    forbid(
      "submission-runs-without-an-engine",
      "the submission function knows no Pulumi and none of the other rooms",
      { path: inside("submission") },
      { path: ["^(components|stacks|policies)/", "@pulumi/"] },
    ),
    forbid(
      "only-the-cli-reaches-local",
      "of the submission room only the CLI may start the embedded environment",
      { path: inside("submission"), pathNot: "^submission/cli/" },
      { path: inside("local") },
    ),
    forbid(
      "compile-and-spec-are-pure",
      "no file system, network or process in schemas and compiler",
      { path: "^submission/(spec|compile)/" },
      { path: ["^submission/(cli|service)/", "^(node:)?(fs|net|http|https|child_process|process)(/|$)"] },
    ),
    forbid(
      "components-know-no-stack",
      "components are composed by stacks, never the other way round",
      { path: inside("components") },
      { path: "^(stacks|policies|local|test)/" },
    ),
    forbid(
      "components-see-only-the-profile-schema",
      "of the submission room, components may import submission/spec only",
      { path: "^(components|stacks)/" },
      { path: "^submission/", pathNot: "^submission/spec/" },
    ),
    forbid(
      "stacks-stand-alone",
      "a stack imports components only",
      { path: inside("stacks") },
      { path: "^(local|policies|test)/" },
    ),
    forbid(
      "policies-import-constants-only",
      "a policy pack must load without component classes",
      { path: inside("policies") },
      {
        path: ["^(stacks|local|submission/(compile|cli|service)|test)/", "^components/.*/(?!constants|rules).*\\.ts$"],
      },
    ),
    forbid(
      "the-review-is-nobodys-part",
      "what judges the checkout is run by people and CI, never by what it judges",
      { path: "^(components|stacks|policies|submission|local)/" },
      { path: inside("review") },
    ),
    forbid(
      "the-review-runs-stacks-and-packs",
      "the review runs programs and packs through the engine; it loads none of them",
      { path: inside("review") },
      { path: "^(components|stacks|policies|test)/" },
    ),
    forbid(
      "a-sibling-is-entered-by-its-door",
      "import components/<room>/index.ts, never a file behind it",
      { path: "^components/([^/]+)/" },
      { path: "^components/([^/]+)/", pathNot: ["^components/$1/", "/index\\.ts$", "/constants\\.ts$"] },
    ),
    forbid(
      "no-tests-in-the-product",
      "",
      { path: "^(components|stacks|policies|submission|local|review)/" },
      { path: "^test/" },
    ),
    forbid(
      "no-dev-dependency",
      "what runs must be a dependency",
      { path: "^(components|stacks|policies|submission|local|review)/" },
      { dependencyTypes: ["npm-dev"] },
    ),
    forbid("resolvable", "an import that does not resolve", {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
