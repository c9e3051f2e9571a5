-- Once, by an administrator of the account: users whom GitHub's tokens of this repository log in, and nobody else. The
-- environment that a job names is part of its identity: a job without it cannot log in.
USE ROLE ACCOUNTADMIN;

CREATE USER GITHUB_FTSPEC_PLAN
  TYPE = SERVICE
  WORKLOAD_IDENTITY = (
    TYPE = OIDC
    ISSUER = 'https://token.actions.githubusercontent.com'
    SUBJECT = 'repo:example/models:environment:plan'
  );
CREATE USER GITHUB_FTSPEC_APPLY
  TYPE = SERVICE
  WORKLOAD_IDENTITY = (
    TYPE = OIDC
    ISSUER = 'https://token.actions.githubusercontent.com'
    SUBJECT = 'repo:example/models:environment:production'
  );

-- Both act as one role: a plan is made with the role that applies it, and a saved one is refused by any other.
GRANT ROLE ML_TRAINER TO USER GITHUB_FTSPEC_PLAN;
GRANT ROLE ML_TRAINER TO USER GITHUB_FTSPEC_APPLY;
