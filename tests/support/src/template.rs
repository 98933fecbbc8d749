//! Templates as data.

use std::env;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The Python of the local AWS, which can read YAML.
pub fn python() -> String {
    env::var("LOCAL_AWS_PYTHON")
        .expect("this needs the local AWS: run `make test`, which starts one")
}

/// What cfn-lint has against a template; nothing if it is clean.
pub fn lint(template: &Path) -> Option<String> {
    let cfn_lint = Path::new(&python()).with_file_name("cfn-lint");
    let lint = Command::new(cfn_lint).arg(template).output();
    let lint = lint.expect("cfn-lint can be run");
    let said = [lint.stdout, lint.stderr].concat();
    (!lint.status.success()).then(|| String::from_utf8_lossy(&said).into_owned())
}

/// A template as JSON, with each `!Tag value` as the value alone.
pub fn parsed(template: &str) -> Value {
    const PARSE: &str = "import sys, yaml, json
def value(loader, _tag, node):
    if isinstance(node, yaml.ScalarNode): return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode): return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)
yaml.SafeLoader.add_multi_constructor('!', value)
print(json.dumps(yaml.safe_load(sys.argv[1])))";
    let mut parse = Command::new(python());
    let parsed = parse.args(["-c", PARSE, template]).output();
    serde_json::from_slice(&parsed.expect("python can be run").stdout).expect("it prints JSON")
}
