//! Keys of the platform as an operator handles them on the command line, and servers whose master key is not the one.

use serde_json::Value;

use crate::harness::Home;

const FIRST: &str = "the first master key of a keyring";
const SECOND: &str = "the second master key of a keyring";

fn said(home: &Home, args: &[&str]) -> Vec<Value> {
    let done = home.command(&[&["--json"][..], args].concat()).output().unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn refused(home: &Home) {
    for command in ["serve", "preflight"] {
        let done = home.command(&[command]).output().unwrap();
        let told = [done.stdout, done.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert!(!done.status.success() && told.contains("KEYRING_MASTER_KEY does not open"), "{command}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_key_is_replaced_without_losing_keys() {
    let home = Home::new().await.with("KEYRING_MASTER_KEY", FIRST);
    let first = &said(&home, &["keyring", "rotate", "--purpose", "signing"])[0];
    let second = &said(&home, &["keyring", "rotate", "--purpose", "signing"])[0];
    assert_eq!(second["replaced_key_id"], first["key_id"]);
    assert_eq!(second["secret"].as_str().unwrap().len(), 64);
    let listed = said(&home, &["keyring", "list"]);
    let statuses: Vec<_> = listed.iter().map(|key| key["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["active", "retiring"]);
    let shown = listed.iter().map(Value::to_string).collect::<String>();
    assert!(!shown.contains(second["secret"].as_str().unwrap()));
    let keys = said(&home, &["audit", "key"]).remove(0);
    assert_eq!((&keys["key"], keys["keys"].as_array().unwrap().len()), (&second["public_key"], 3));

    let home = home.with("KEYRING_MASTER_KEY", SECOND);
    refused(&home);
    let both = home.with("KEYRING_MASTER_KEY_PREVIOUS", FIRST);
    assert_eq!(both.start(&[]).await.terminate().await.0.code(), Some(0));
    for count in [2, 0] {
        assert_eq!(said(&both, &["keyring", "rewrap"])[0]["rewrapped"], count);
    }
    let before = both.with("KEYRING_MASTER_KEY", FIRST).with("KEYRING_MASTER_KEY_PREVIOUS", "");
    refused(&before);
    let after = before.with("KEYRING_MASTER_KEY", SECOND);
    let server = after.start(&[]).await;
    assert_eq!(said(&after, &["keyring", "retire", second["key_id"].as_str().unwrap()])[0]["status"], "retired");
    assert_eq!(server.terminate().await.0.code(), Some(0));
    let unknown = after.command(&["keyring", "retire", "sig_0123456789abcdef0123456789abcdef"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_of_its_own_makes_its_master_key() {
    let home = Home::embedded().with("KEYRING_MASTER_KEY", "").with("CRYPTO_LOCAL_MASTER_KEY", "");
    said(&home, &["keyring", "rotate", "--purpose", "webhook_signing"]);
    assert_eq!(home.start(&[]).await.terminate().await.0.code(), Some(0));
    assert_eq!(said(&home, &["keyring", "list", "--purpose", "webhook_signing"]).len(), 1);
}
