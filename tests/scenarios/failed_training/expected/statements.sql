SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.TOO_LONG', 'llama3-70b', '/* ftspec:v1 project=support_bot env=embedded resource=too_long spec=s1:8eef134c243dd919797df132612bd0aefdf9a9a42f91bb66240d62e1129a9fc1 data=d1:3125-6195578b08ba225fa43 job=- protect=- hold=- checks=- */ SELECT a.question || b.question || c.question || d.question || e.question AS prompt, a.answer AS completion FROM questions a, questions b, questions c, questions d, questions e', NULL, '{"max_epochs": 10}');
GRANT USAGE ON DATABASE ML TO ROLE SUPPORT_APP;
GRANT USAGE ON SCHEMA ML.SUPPORT TO ROLE SUPPORT_APP;
