/** The colours of reports: one set of CSS variables for light and paper, one for dark. */

/** Series colours are those of Okabe and Ito, told apart by colour-blind readers, darkened or lightened to the page. */
const LIGHT =
  "--paper:#fff;--ink:#1b1f24;--soft:#5b6470;--line:#d5dae0;--wash:#f5f6f8;" +
  "--good:#1a7f4b;--good-wash:#e4f4ea;--bad:#b3261e;--bad-wash:#fbe4e2;--warn:#8a5a00;--warn-wash:#fbf0d6;" +
  "--series-1:#0072b2;--series-2:#009e73;--series-3:#8a8f98;--series-4:#d55e00;" +
  "--series-5:#a3559a;--series-6:#b58900;--series-7:#3f9fd4;--series-8:#5b4a9e;";

const DARK =
  "--paper:#14171b;--ink:#e6e9ed;--soft:#9aa4b0;--line:#343a42;--wash:#1d2126;" +
  "--good:#5cc98d;--good-wash:#12331f;--bad:#ff8a80;--bad-wash:#451816;--warn:#e5b45a;--warn-wash:#3a2c0c;" +
  "--series-1:#56b4e9;--series-2:#2fc79c;--series-3:#a0a0a0;--series-4:#f08a4b;" +
  "--series-5:#d59bce;--series-6:#e6c229;--series-7:#8fd0f5;--series-8:#a99be0;";

export const COLOURS = `:root{color-scheme:light dark;${LIGHT}}@media screen and (prefers-color-scheme:dark){:root{${DARK}}}`;
