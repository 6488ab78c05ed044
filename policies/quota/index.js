// Pulumi compiles a TypeScript entry itself and knows no import of `.ts`; what is imported from here, Node reads as it is.
import "./quota.ts";
