// The texts of the page whose contrast is lower than WCAG's AA asks for: 4.5, or 3 for large ones.
const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

// Any CSS colour, painted over another one.
const over = (color, [r, g, b]) => {
    canvas.fillStyle = `rgb(${r} ${g} ${b})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
};

// What the page is painted on, which depends on its scheme: an element has to say it.
const paper = (() => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'Canvas';
    const { color } = getComputedStyle(probe);
    probe.remove();
    return over(color, [255, 255, 255]);
})();

const behind = (element) => {
    if (!element) return paper;
    return over(getComputedStyle(element).backgroundColor, behind(element.parentElement));
};

const luminance = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
};

const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const isOff = (element) => element.closest(':disabled, [aria-disabled=true]');

// The styles of the texts that an element shows: its own, and what stands in it as long as it is empty.
const styles = (element) => [
    ...(hasText(element) || element.value ? [getComputedStyle(element)] : []),
    ...(element.placeholder ? [getComputedStyle(element, '::placeholder')] : []),
];

const faint = [];
for (const element of document.body.querySelectorAll('*')) {
    if (!isShown(element) || isOff(element)) continue;
    const back = behind(element);
    for (const { color, fontSize, fontWeight } of styles(element)) {
        const size = parseFloat(fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && fontWeight >= 700);
        const found = contrast(over(color, back), back);
        if (found < (isLarge ? 3 : 4.5)) faint.push(`${found.toFixed(2)}: ${element.outerHTML.slice(0, 150)}`);
    }
}
return faint.slice(0, 9);
