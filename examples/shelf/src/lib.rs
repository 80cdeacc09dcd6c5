//! Manuals that can be searched, beside the orders of a host, in a database of their own.

use std::{error::Error, path::Path, sync::Arc};

use nexus_authz::acl::{NewGrant, PrincipalType, Right, Target};
use nexus_core::{
    id::{CorpusId, TenantId},
    pg::{self, Db, PgSettings},
    principal::{Principal, Role},
};
use nexus_retrieval::{
    embed::HashEmbedder,
    index::Hit,
    library::{Library, Text},
};
use object_store::local::LocalFileSystem;
use sqlx::PgPool;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The service.
pub struct Shelf {
    /// The host's own database, where it counts what was asked.
    orders: PgPool,
    library: Library,
    tenant: TenantId,
    manuals: CorpusId,
}

impl Shelf {
    /// Opens both databases. The schema of the shelf is brought up to date; that of the host is the host's.
    pub async fn open(orders_url: &str, shelf_url: &str, originals: &Path) -> Result<Self> {
        let orders = PgPool::connect(orders_url).await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS asked (who text NOT NULL, question text NOT NULL)")
            .execute(&orders)
            .await?;
        pg::migrate(&shelf_url.to_owned().into()).await?;
        let db = Db::new(&PgSettings::new(shelf_url.to_owned()))?;
        let originals = Arc::new(LocalFileSystem::new_with_prefix(originals)?);
        let library = Library::open(db, originals, Arc::new(HashEmbedder::default()));
        let shelf = Self { orders, library, tenant: "workshop".parse()?, manuals: "manuals".parse()? };
        shelf.library.corpus(&shelf.master()?, &shelf.manuals).await?;
        Ok(shelf)
    }

    /// Puts a text on the shelf, and waits until it can be found.
    pub async fn put(&self, name: &str, text: &str) -> Result<()> {
        let text = Text { id: name.parse()?, name: name.to_owned(), markdown: text.to_owned() };
        Ok(self.library.add(&self.master()?, &self.manuals, [text]).await?)
    }

    /// Lets somebody read a text.
    pub async fn share(&self, name: &str, with: &str) -> Result<()> {
        let grant = NewGrant {
            principal_type: PrincipalType::User,
            principal_id: with.to_owned(),
            right: Right::Read,
            expires_at: None,
        };
        Ok(self.library.share(&self.master()?, &Target::Document(name.parse()?), grant).await?)
    }

    /// The passages that fit a question, among those that somebody may read.
    pub async fn ask(&self, who: &str, question: &str) -> Result<Vec<Hit>> {
        let insert = sqlx::query("INSERT INTO asked (who, question) VALUES ($1, $2)");
        insert.bind(who).bind(question).execute(&self.orders).await?;
        let reader = Principal::vouched_for(self.tenant.clone(), who.parse()?, Role::Reader);
        Ok(self.library.search(&reader, &self.manuals, question, 3).await?)
    }

    /// How much was asked.
    pub async fn asked(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM asked").fetch_one(&self.orders).await?)
    }

    /// Whoever fills the shelf. The host has authenticated everybody, and vouches for them.
    fn master(&self) -> Result<Principal> {
        Ok(Principal::vouched_for(self.tenant.clone(), "master".parse()?, Role::Admin))
    }
}
