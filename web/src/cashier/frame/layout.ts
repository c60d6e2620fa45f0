export const kPhone = '(max-width: 640px)';
