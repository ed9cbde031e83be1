// Formatting is not discussed: Prettier's defaults with longer lines.

export default { printWidth: 140 };
