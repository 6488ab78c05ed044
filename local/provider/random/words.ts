/** Words that a RandomPet is made of. */
export const ADJECTIVES =
  "able amber bold brave brief bright calm clear clever cool deep eager early easy even fair fast fine firm fond free full glad gold good grand green happy humble keen kind large light lucid mild neat noble open plain prime proud pure quick quiet rapid ready rich sharp silver smart soft solid steady still sunny sure swift tidy true vivid warm wide wise".split(
    " ",
  );
export const NAMES =
  "adder badger beaver bison bobcat buzzard camel cobra condor crane dingo dolphin eagle egret falcon ferret finch fox gecko gibbon gopher goose hare hawk heron ibex ibis impala jackal jaguar kestrel kite koala lark lemur lion lizard llama lynx magpie marlin marten mole moose mule newt ocelot orca osprey otter owl panda parrot pigeon puffin puma quail rabbit raven robin salmon seal shark skunk sloth sparrow stork swan tapir tern thrush tiger toad trout viper vole walrus weasel whale wolf wombat wren yak zebra".split(
    " ",
  );
