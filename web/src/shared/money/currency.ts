/**
 * ISO 4217: how many digits of the minor unit each currency has, and the sign shown before the amount. Signs are the same in
 * every language and never ambiguous ("¥" is the renminbi here, the yen is "JP¥").
 */
const kCodesByExponent: ReadonlyArray<readonly [number, string]> = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE ' +
      'CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR ' +
      'KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB ' +
      'PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY ' +
      'TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
];

const kExponents = new Map<string, number>(
  kCodesByExponent.flatMap(([exponent, codes]) => codes.split(' ').map((code): [string, number] => [code, exponent])),
);

const kSigns = new Map<string, string>([
  ['CNY', '¥'], ['USD', 'US$'], ['EUR', '€'], ['GBP', '£'], ['JPY', 'JP¥'], ['HKD', 'HK$'], ['MOP', 'MOP$'], ['TWD', 'NT$'],
  ['SGD', 'S$'], ['KRW', '₩'], ['AUD', 'A$'], ['CAD', 'C$'], ['NZD', 'NZ$'], ['INR', '₹'], ['THB', '฿'], ['VND', '₫'],
  ['PHP', '₱'], ['MYR', 'RM'],
]);

/** null for a code that is not in the table: then nobody may guess where the decimal point stands. */
export function exponentOf(currency: string): number | null {
  return kExponents.get(currency) ?? null;
}

export function signOf(currency: string): string | null {
  return kSigns.get(currency) ?? null;
}
