//! Ready views.

use datafusion::prelude::SessionContext;

use crate::SqlError;

/// Per month and unit: how many cases ended, how many of them count (their citizen was reached, nothing excludes them), and of
/// these the shares that were contacted, solved and satisfied, in percent. Months whose cases were dropped come from their sums.
const SCORES_MONTHLY: &str = "
CREATE VIEW scores_monthly AS
SELECT city, month, unit,
       CAST(sum(cases) AS BIGINT) AS cases,
       CAST(sum(assessed) AS BIGINT) AS assessed,
       round(100.0 * sum(contacted) / nullif(sum(assessed), 0), 2) AS response,
       round(100.0 * sum(solved) / nullif(sum(assessed), 0), 2) AS resolution,
       round(100.0 * sum(satisfied) / nullif(sum(assessed), 0), 2) AS satisfaction,
       CAST(sum(late) AS BIGINT) AS late,
       CAST(sum(reopened) AS BIGINT) AS reopened
FROM (
    SELECT city, month, coalesce(score_unit, unit) AS unit,
           count(*) AS cases,
           count(*) FILTER (WHERE reached AND score_excluded IS NULL) AS assessed,
           count(*) FILTER (WHERE reached AND score_excluded IS NULL AND contacted) AS contacted,
           count(*) FILTER (WHERE reached AND score_excluded IS NULL AND solved) AS solved,
           count(*) FILTER (WHERE reached AND score_excluded IS NULL AND satisfied) AS satisfied,
           count(*) FILTER (WHERE overdue_handle) AS late,
           count(*) FILTER (WHERE reopened > 0) AS reopened
    FROM cases GROUP BY city, month, coalesce(score_unit, unit)
    UNION ALL
    SELECT city, month, unit, sum(cases), sum(assessed), sum(contacted), sum(solved), sum(satisfied), sum(late), sum(reopened)
    FROM rollups GROUP BY city, month, unit
)
WHERE unit IS NOT NULL
GROUP BY city, month, unit";

/// Makes them.
pub(crate) async fn create(context: &SessionContext) -> Result<(), SqlError> {
    context.sql(SCORES_MONTHLY).await?.collect().await?;
    Ok(())
}
