/** VitePress's own look, with the colours of the playground. Knows no page. */
import DefaultTheme from 'vitepress/theme';
import './style.css';

export default DefaultTheme;
