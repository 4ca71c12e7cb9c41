/** The cache page's entry; the page itself is one element. */
import '../shared/base.css';
import './cache.css';
import './cacheApp';
