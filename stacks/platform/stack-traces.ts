/**
 * First import of the program. Pulumi's runner installs a formatter of stack traces that looks up source maps, and Pulumi takes a
 * trace at every promise it makes: a fifth of the program's time. Node strips the types in place, so there is nothing to map.
 */
Reflect.deleteProperty(Error, "prepareStackTrace");

export {};
