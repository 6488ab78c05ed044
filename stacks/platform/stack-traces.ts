/**
 * First import of the program. Pulumi takes a stack trace at every promise it makes, some ten thousand of them here, and its
 * runner looks each up in source maps: a quarter of the program's time. Node strips the types in place, so there is nothing to
 * map, and of a trace the line that threw is what an error of ours needs.
 */
Reflect.deleteProperty(Error, "prepareStackTrace");
Error.stackTraceLimit = 1;

export {};
