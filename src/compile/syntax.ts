/** The syntax tree's types: those of the parser, from one place. */

export type * from "@babel/types";
