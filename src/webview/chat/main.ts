/** The chat page's entry; the page itself is one element. */
import '../shared/base.css';
import './chat.css';
import './context.css';
import './highlight.css';
import './plan.css';
import './chatApp';
