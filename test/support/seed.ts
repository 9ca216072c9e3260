/** One seed for all properties, so that a run of the tests is a function of the sources; FC_SEED sets another. */

import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FC_SEED ?? 20_261_121) });
