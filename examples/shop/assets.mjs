/** The shop's stylesheet and icon. */
export const kStyle = `
:root { --ink: #2b2a26; --soft: #5f5a50; --paper: #f7f3ea; --card: #fffdf8; --line: #e4dccb; --tea: #3f6b3a; --tea-dark: #2f5230; --red: #9a2f22; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.6 "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; padding: 18px clamp(16px, 5vw, 64px); background: var(--card); border-bottom: 1px solid var(--line); }
.brand { font: 600 24px/1.2 "Noto Serif CJK SC", "Songti SC", serif; color: var(--tea-dark); text-decoration: none; }
.tagline { color: var(--soft); font-size: 14px; }
nav { margin-left: auto; display: flex; gap: 18px; }
a { color: var(--tea-dark); } nav a { text-decoration: none; padding: 4px 0; } nav a[aria-current] { border-bottom: 2px solid var(--tea); font-weight: 600; }
main { max-width: 1120px; margin: 0 auto; padding: 24px clamp(16px, 4vw, 32px) 64px; }
h1 { font: 600 26px/1.3 "Noto Serif CJK SC", "Songti SC", serif; margin: 8px 0 20px; } h2 { font-size: 18px; margin: 12px 0 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 20px; }
.card, .panel { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 18px; box-shadow: 0 2px 10px rgb(80 60 20 / 6%); }
.picture { background: #f1eadb; border-radius: 10px; padding: 10px; } .picture svg { display: block; width: 100%; height: 110px; }
.about { color: var(--soft); font-size: 14px; margin: 0; min-height: 2em; } .price { font-size: 22px; font-weight: 600; color: var(--red); margin: 6px 0 12px; }
button, .button { display: block; width: 100%; min-height: 44px; padding: 8px 16px; border-radius: 10px; border: 1px solid var(--tea); font: inherit; cursor: pointer; text-align: center; text-decoration: none; }
.primary { background: var(--tea); color: #fff; } .primary:hover { background: var(--tea-dark); } .secondary { background: transparent; color: var(--tea-dark); margin-top: 8px; } .secondary:hover { background: #eef3ea; }
.quiet { border-color: var(--line); background: transparent; color: var(--soft); margin-top: 16px; width: auto; }
:focus-visible { outline: 3px solid #c98a2b; outline-offset: 2px; }
.table { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 14px; } table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: 10px 14px; border-bottom: 1px solid var(--line); vertical-align: middle; } th { font-size: 14px; color: var(--soft); font-weight: 600; white-space: nowrap; } tr:last-child td { border-bottom: 0; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.badge { display: inline-block; white-space: nowrap; padding: 1px 10px; border-radius: 999px; font-size: 14px; background: #ece5d6; color: #4a4437; } .badge.paid { background: #dcebd6; color: #27472a; } .badge.open, .badge.new { background: #fbeccb; color: #6a4708; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 8px 20px; margin: 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.pay { text-align: center; border-top: 1px solid var(--line); margin-top: 16px; padding-top: 8px; } .qr svg { width: min(260px, 80vw); height: auto; border: 1px solid var(--line); border-radius: 10px; }
.refund { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 0; } .panel .refund { margin-top: 18px; } .refund label { font-size: 14px; color: var(--soft); } td .refund { flex-wrap: nowrap; } td .refund label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } .refund input { width: 7em; min-height: 40px; padding: 4px 10px; border: 1px solid #a79f8d; border-radius: 8px; font: inherit; background: #fff; } .refund button { width: auto; margin: 0; min-height: 40px; }
.notice { background: #fbe9e4; color: #6d1d12; border-radius: 10px; padding: 10px 14px; } .hint { color: var(--soft); font-size: 14px; } code { font-size: 14px; overflow-wrap: anywhere; }
`;

export const kIcon = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3f6b3a"/><path d="M16 27C8 23 7 13 14 5c7 6 9 15 2 22z" fill="#dfeccf"/></svg>';
