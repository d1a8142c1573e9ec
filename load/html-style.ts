/** Of the report, in light and dark. Tones are told apart by people who see few colours. */
export const REPORT_STYLE = `
:root { color-scheme: light dark;
  --page: #f6f6f3; --card: #fff; --ink: #14140f; --soft: #55544e; --line: #e2e1da; --base: #b5b4ab;
  --blue: #2a6fc9; --green: #128a60; --amber: #b26b00; --red: #c93636; --grey: #9b9a92; --good: #dff3e6; --bad: #fbe3e1; }
@media (prefers-color-scheme: dark) { :root {
  --page: #141413; --card: #1e1e1c; --ink: #f2f1ec; --soft: #b4b3aa; --line: #33332f; --base: #5d5c55;
  --blue: #5b9bec; --green: #35b98a; --amber: #e0a33c; --red: #f07470; --grey: #7d7c74; --good: #17352a; --bad: #442320; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { max-width: 860px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 16px; margin: 0 0 4px; }
.sub { color: var(--soft); margin: 0 0 8px; font-size: 13.5px; }
.verdict { border-radius: 8px; padding: 10px 14px; margin: 18px 0 12px; }
.verdict.good { background: var(--good); } .verdict.bad { background: var(--bad); }
.verdict b { margin-right: 4px; } .verdict.good b { color: var(--green); } .verdict.bad b { color: var(--red); }
.hint { border-left: 3px solid var(--amber); padding: 2px 0 2px 12px; color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(105px, 1fr)); gap: 8px; margin: 0 0 12px; }
.cards div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; }
.cards b { display: block; font-size: 21px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.cards small { font-size: 13px; font-weight: 400; color: var(--soft); }
.cards span { font-size: 12.5px; color: var(--soft); }
.cards .bad b { color: var(--red); } .cards .good b { color: var(--green); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; margin: 0 0 12px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
svg .y { text-anchor: end; dominant-baseline: middle; } svg .x { text-anchor: middle; } svg .end { text-anchor: end; }
svg .grid { stroke: var(--line); } svg .base { stroke: var(--base); }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .line.offered { stroke-width: 1; } .line.faint { stroke-width: 1.2; }
.area { opacity: .22; stroke: none; }
.offered { --tone: var(--grey); } .rejected { --tone: var(--blue); } .back { --tone: var(--green); } .failed { --tone: var(--red); }
.high { --tone: var(--amber); } .faint { --tone: var(--grey); }
.line { stroke: var(--tone); } .area, .dot { fill: var(--tone); }
.bar { fill: var(--blue); } .bar.open { fill: var(--amber); } .bar:hover { opacity: .75; }
.hover { fill: transparent; } .hover:hover { fill: var(--ink); opacity: .06; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; margin: 0 0 6px; padding: 0; font-size: 13px; color: var(--soft); }
.legend li::before { content: ''; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: var(--tone); }
.tables { display: flex; flex-wrap: wrap; gap: 12px 40px; align-items: flex-start; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 400; color: var(--soft); padding: 2px 18px 2px 0; } td, thead th + th { text-align: right; padding: 2px 0 2px 18px; }
details, .failure { margin: 6px 0; } summary { cursor: pointer; } summary b, .failure b { color: var(--red); }
.numbers { columns: 180px; font: 13px/1.5 ui-monospace, monospace; margin: 6px 0 6px 18px; color: var(--soft); }
`;
