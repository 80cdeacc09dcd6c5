-- Who ends a price that holds for everybody has to know whether an enforced budget rests on it.
CREATE POLICY of_platform ON tenant_budgets FOR SELECT USING (nexus_platform());
