/** Ruby. `attr_*` defines fields; everything else is said with `def`, `class`, `module` or a name in capitals. */
import type { LanguageRules } from '../languageRules';

const name =
  '[(constant) @name (scope_resolution scope: (constant) @within name: (constant) @name) (scope_resolution name: (constant) @name)]';
const methodName = '[(identifier) @name (constant) @name (operator) @name (setter name: (identifier) @name)]';

export const ruby: LanguageRules = {
  name: 'Ruby',
  grammars: { '.rb': 'ruby', '.rake': 'ruby', '.gemspec': 'ruby', '.ru': 'ruby', rakefile: 'ruby', gemfile: 'ruby' },
  query: `
(comment) @comment

((call !receiver method: (identifier) @callee arguments: (argument_list . (string (string_content) @source))) @import
  (#any-of? @callee "require" "require_relative" "load"))

(class name: ${name} body: (_)? @body) @class
(module name: ${name} body: (_)? @body) @module
(method name: ${methodName} body: (_)? @body) @method
(singleton_method name: ${methodName} body: (_)? @body) @method
((assignment left: ${name} right: (call receiver: (string) @value method: (identifier) @callee)) @constant (#eq? @callee "freeze"))
(assignment left: ${name} right: (_) @value) @constant
(assignment left: (global_variable) @name right: (_) @value) @variable
((call !receiver method: (identifier) @callee arguments: (argument_list (simple_symbol) @name @field))
  (#any-of? @callee "attr_reader" "attr_writer" "attr_accessor"))

[(identifier) (constant)] @use
`,
};
