//! Models that do what a test tells them, and remember what they were given.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::BoxStream};
use nexus_retrieval::{
    embed::{EmbedError, Embedder, HashEmbedder, ModelId, Purpose},
    llm::{Extractive, Fake, Fault, Llm, LlmError, Piece, Prompt, Provider},
};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock, Semaphore};

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Quotes.
    Extractive,
    /// A fixed sentence.
    Fake,
    /// `word1 `, `word2 ` and so on up to ten, each when the test says so.
    Stepped,
    /// The endpoint fails before it says anything.
    Refusing,
    /// Half a sentence, and then the endpoint fails.
    Failing,
    /// Panics in the middle.
    Panicking,
}

/// The models of one platform. Clones are the same models.
#[derive(Clone)]
pub(super) struct Models(Arc<State>);

struct State {
    model: Model,
    prompts: Mutex<Vec<Prompt>>,
    steps: Arc<Semaphore>,
    gate: Arc<RwLock<()>>,
    fails: AtomicBool,
    hash: HashEmbedder,
}

/// While this lives, no passage is embedded.
pub struct Held(#[allow(dead_code, reason = "the lock is what it is for")] OwnedRwLockWriteGuard<()>);

impl Models {
    pub(super) fn new(model: Model) -> Self {
        Self(Arc::new(State {
            model,
            prompts: Mutex::default(),
            steps: Arc::new(Semaphore::new(0)),
            gate: Arc::default(),
            fails: AtomicBool::new(false),
            hash: HashEmbedder::default(),
        }))
    }

    pub(super) fn embedder(&self) -> Arc<dyn Embedder> {
        Arc::new(self.clone())
    }

    pub(super) fn llm(&self) -> Arc<dyn Llm> {
        Arc::new(self.clone())
    }

    pub(super) fn prompts(&self) -> Vec<Prompt> {
        self.0.prompts.lock().unwrap().clone()
    }

    pub(super) fn say(&self, words: usize) {
        self.0.steps.add_permits(words);
    }

    pub(super) fn hold(&self) -> Held {
        Held(Arc::clone(&self.0.gate).try_write_owned().expect("nothing is being embedded"))
    }

    pub(super) fn fail(&self, fail: bool) {
        self.0.fails.store(fail, Ordering::SeqCst);
    }
}

impl Llm for Models {
    fn provider(&self) -> &'static str {
        "test"
    }

    fn model(&self) -> &'static str {
        "test"
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<'static, Result<Piece, LlmError>> {
        self.0.prompts.lock().unwrap().push(prompt.clone());
        match self.0.model {
            Model::Extractive => Extractive::default().generate(prompt),
            Model::Fake => Fake::default().generate(prompt),
            Model::Stepped => stepped(Arc::clone(&self.0.steps)),
            Model::Refusing => {
                let fault = Fault::Other("nobody is there".to_owned());
                futures::stream::iter([Err(LlmError { provider: Provider::OpenAi, fault })]).boxed()
            }
            Model::Failing => {
                let fault = Fault::Other("secret-host.internal said: api_key=hunter2".to_owned());
                let error = LlmError { provider: Provider::OpenAi, fault };
                futures::stream::iter([Ok(Piece::Delta("Half ".to_owned())), Err(error)]).boxed()
            }
            Model::Panicking => async_stream::stream! {
                yield Ok(Piece::Delta("Half ".to_owned()));
                panic!("the model panics with hunter2");
            }
            .boxed(),
        }
    }
}

fn stepped(steps: Arc<Semaphore>) -> BoxStream<'static, Result<Piece, LlmError>> {
    async_stream::stream! {
        for n in 1..=10 {
            steps.acquire().await.unwrap().forget();
            yield Ok(Piece::Delta(format!("word{n} ")));
        }
    }
    .boxed()
}

impl Embedder for Models {
    fn model(&self) -> &ModelId {
        self.0.hash.model()
    }

    fn dimension(&self) -> usize {
        self.0.hash.dimension()
    }

    fn embed(&self, texts: Vec<String>, purpose: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        async move {
            if purpose == Purpose::Passage {
                let _open = self.0.gate.read().await;
                if self.0.fails.load(Ordering::SeqCst) {
                    return Err(EmbedError::NotConfigured { what: "the test says so".to_owned() });
                }
            }
            self.0.hash.embed(texts, purpose).await
        }
        .boxed()
    }
}
