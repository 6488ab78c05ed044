/** Takes the place of a provider's configuration that is not known before the update; nothing is contacted with it. */
export const NOT_KNOWN_YET = "stand-in: not known before the update";
