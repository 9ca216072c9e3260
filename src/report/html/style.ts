/** The style of a report: one column of text, tables with figures that line up, the same on paper. */

import { COLOURS } from "../charts/colours.ts";

export const STYLE = `${COLOURS}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1100px;padding:28px 24px 64px;background:var(--paper);color:var(--ink);
  font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:inherit}
h1{font-size:24px;margin:0 0 4px}
h2{font-size:18px;margin:44px 0 8px;padding-top:12px;border-top:1px solid var(--line)}
h3{font-size:15px;margin:24px 0 4px}
p{margin:6px 0 10px;max-width:78ch}
.soft,figcaption,caption{color:var(--soft);font-size:13px}
code,.mono{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,monospace;font-size:12.5px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:10px 0;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:4px}
th,td{padding:3px 12px 3px 0;text-align:left;vertical-align:top}
thead th{border-bottom:1px solid var(--line);font-weight:600;vertical-align:bottom}
tbody th{font-weight:400}
td.n,th.n{text-align:right;padding:3px 0 3px 22px;white-space:nowrap}
tr.group th{padding-top:14px;font-weight:600}
tr.part th{padding-left:18px;color:var(--soft)}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:14px 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0}
.matrix td{padding:0 4px 4px 0}
.matrix th{padding:4px 14px 4px 0;white-space:nowrap}
.cell{display:block;border-radius:4px;min-width:150px;font-size:13px}
.narrow .cell{min-width:0}
.narrow th{padding-right:8px;font-size:13px}
.narrow .cell summary{padding:3px 6px}
.cell summary{padding:3px 10px;cursor:pointer;list-style:none;white-space:nowrap}
.cell summary::-webkit-details-marker{display:none}
.cell dl{display:grid;grid-template-columns:max-content 1fr;gap:0 10px;margin:0;padding:2px 10px 8px;color:var(--ink)}
.cell dt{color:var(--soft)}
.cell dd{margin:0;text-align:right;white-space:nowrap}
.cell p{padding:0 10px 6px;margin:0;max-width:230px;font-size:12.5px}
.proved{background:var(--good-wash);color:var(--good)}
.violated{background:var(--bad-wash);color:var(--bad);}
.violated summary{font-weight:600}
.bounded{background:var(--warn-wash);color:var(--warn)}
.not-claimed{background:var(--wash);color:var(--soft)}
.error{background:var(--wash);color:var(--ink);border:1px solid var(--soft)}
.missing{color:var(--soft);padding:3px 10px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(460px,1fr));gap:8px 40px}
figure{margin:16px 0;break-inside:avoid}
figure.wide{overflow-x:auto}
figcaption{max-width:78ch;margin-top:6px}
figure svg{max-width:100%;height:auto}
figure strong{display:block;margin-bottom:2px}
.legend{white-space:nowrap;padding-left:8px}
.swatch{display:inline-block;width:11px;height:11px;margin-right:4px;background:currentColor;vertical-align:-1px}
.witness{display:block;padding:8px 12px;background:var(--wash);border-radius:4px;overflow-wrap:anywhere}
.timeline{width:100%;table-layout:fixed;font-size:13px}
.timeline th.step{width:44px}
.timeline td,.timeline thead th{border-left:1px solid var(--line);padding:1px 8px}
.timeline th.step,.timeline td.step{border:0}
.timeline td.step{color:var(--soft);text-align:right;padding-left:0}
.timeline .place{color:var(--soft);overflow-wrap:anywhere}
.timeline tr.moved td{padding-top:8px}
.timeline .at{color:var(--soft)}
.timeline tr.bad td.here{background:var(--bad-wash);color:var(--bad);font-weight:600}
.timeline tr.irq td.here{background:var(--warn-wash)}
.source>tbody>tr>td,.source>thead th{padding:0 12px 0 0}
.source .code{white-space:pre-wrap;width:100%}
.source .at,.source .elided td{color:var(--soft);font-size:12.5px}
.source .elided td{padding:6px 0;font-size:12px}
.source .shown td{padding-bottom:6px}
.source .shown summary,ol summary{cursor:pointer;font-size:13px;color:var(--bad)}
pre.source{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,monospace;font-size:12px;overflow-x:auto}
.tag{display:inline-block;padding:0 6px;border-radius:4px;font-size:12.5px;white-space:nowrap}
footer{margin-top:48px;padding-top:10px;border-top:1px solid var(--line)}
@media print{body{max-width:none;padding:0;font-size:11pt}h2{break-after:avoid}.cell,.violated,.bounded{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
