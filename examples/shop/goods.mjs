/** What the shop sells. Prices in minor units of CNY; the pictures are inline SVG, so nothing is fetched from anywhere. */
const svg = (content) => `<svg viewBox="0 0 120 90" role="img" aria-hidden="true">${content}</svg>`;

export const kGoods = [
  {
    sku: 'tea',
    name: { zh: '明前龙井 50 克', en: 'Longjing tea, 50 g' },
    about: { zh: '西湖狮峰，清明前采', en: 'First spring picking, West Lake' },
    price_minor: 12800,
    picture: svg('<path d="M60 78C30 66 26 34 52 12c22 18 30 44 8 66z" fill="#5d8a4c"/><path d="M60 78c-4-22-6-44-8-66" stroke="#dfeccf" stroke-width="2" fill="none"/><path d="M66 78c2-20 12-36 30-44 4 20-8 38-30 44z" fill="#7fa763"/>'),
  },
  {
    sku: 'teacup',
    name: { zh: '青瓷茶杯', en: 'Celadon teacup' },
    about: { zh: '龙泉窑，手工拉坯', en: 'Longquan kiln, thrown by hand' },
    price_minor: 6800,
    picture: svg('<path d="M28 34h64c0 26-12 42-32 42S28 60 28 34z" fill="#9cc3b2"/><ellipse cx="60" cy="34" rx="32" ry="8" fill="#c9e0d5"/><ellipse cx="60" cy="35" rx="25" ry="5" fill="#b98b4e"/><path d="M48 18c4-5-4-7 0-12M62 20c4-5-4-7 0-12" stroke="#c8c0b0" stroke-width="2" fill="none" stroke-linecap="round"/>'),
  },
  {
    sku: 'teapot',
    name: { zh: '紫砂小壶', en: 'Yixing teapot' },
    about: { zh: '宜兴原矿，180 毫升', en: 'Zisha clay, 180 ml' },
    price_minor: 29900,
    picture: svg('<path d="M34 40h52c6 18-2 36-26 36S28 58 34 40z" fill="#8a4b38"/><path d="M84 46c16-4 20 18 0 20" fill="none" stroke="#8a4b38" stroke-width="5"/><path d="M36 54C24 52 22 42 14 38l4-4c10 2 12 10 20 12z" fill="#8a4b38"/><path d="M40 40c2-10 38-10 40 0z" fill="#a45c46"/><circle cx="60" cy="28" r="5" fill="#a45c46"/>'),
  },
  {
    sku: 'book',
    name: { zh: '《茶经》线装本', en: 'The Classic of Tea' },
    about: { zh: '陆羽著，三卷十篇', en: 'Lu Yu, thread-bound' },
    price_minor: 3990,
    picture: svg('<rect x="36" y="10" width="50" height="70" rx="2" fill="#34507a"/><rect x="44" y="18" width="14" height="40" fill="#f3ead7"/><path d="M78 10v70M78 22h8M78 38h8M78 54h8M78 70h8" stroke="#e9dcc0" stroke-width="2"/>'),
  },
  {
    sku: 'fan',
    name: { zh: '竹骨折扇', en: 'Bamboo folding fan' },
    about: { zh: '宣纸扇面，九寸', en: 'Rice paper, nine inches' },
    price_minor: 2500,
    picture: svg('<path d="M60 78 12 34a66 66 0 0 1 96 0z" fill="#efdcc0"/><path d="M60 78 12 34M60 78 28 22M60 78 46 16M60 78V14M60 78 74 16M60 78 92 22M60 78l48-44" stroke="#a9744b" stroke-width="2"/><circle cx="60" cy="78" r="4" fill="#7a4c2c"/>'),
  },
  {
    sku: 'penny',
    name: { zh: '一分钱测试商品', en: 'One-fen test item' },
    about: { zh: '试一试付款，只要一分钱', en: 'Try a payment for one fen' },
    price_minor: 1,
    picture: svg('<circle cx="60" cy="45" r="32" fill="#d8b04a"/><circle cx="60" cy="45" r="26" fill="none" stroke="#a8822c" stroke-width="2"/><rect x="50" y="35" width="20" height="20" fill="#f7f2e8" stroke="#a8822c" stroke-width="2"/>'),
  },
];

export function goodsBySku(sku) {
  return kGoods.find((item) => item.sku === sku);
}
