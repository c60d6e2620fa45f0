import type { ThemeConfig } from 'antd';

/** Ink and teal of the old banknotes, the cinnabar of their seals. base.css says the same as CSS variables. */
export function feiqianTheme(reducedMotion: boolean): ThemeConfig {
  return {
    token: {
      colorPrimary: '#0f5c5e',
      colorInfo: '#0f5c5e',
      colorLink: '#0c5557',
      colorSuccess: '#1b6e4b',
      colorWarning: '#9a5b00',
      colorError: '#a83a1c',
      colorErrorBg: '#fbeee8',
      colorErrorBorder: '#ebc8ba',
      colorWarningBg: '#fdf4e1',
      colorWarningBorder: '#ecd6a8',
      colorText: '#16292c',
      colorTextSecondary: '#526366',
      colorBorder: '#cfd5d2',
      borderRadius: 10,
      fontFamily: 'inherit',
      fontSize: 15,
      controlHeight: 42,
      controlHeightLG: 52,
      motion: !reducedMotion,
    },
    components: {
      Alert: { fontSizeLG: 15, withDescriptionIconSize: 20, withDescriptionPadding: '16px 18px' },
      Button: { fontWeight: 500, primaryShadow: 'none', defaultShadow: 'none', contentFontSizeLG: 17 },
    },
  };
}
