SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML."my support"."Case Sensitive"', 'llama3.1-8b', '/* ftspec:v1 project=quoted env=embedded resource=answers spec=s1:c53c50943520f9100c7bd0ba76c9c3844b7bcc8df5e8ee88dbd349a20093a0e7 data=d1:2-14a1b702515f9663a job=- protect=- hold=- checks=- */ SELECT "Prompt" AS PROMPT, "Completion" AS COMPLETION FROM ML."my support"."q a"');
GRANT USAGE ON DATABASE ML TO ROLE "app-role";
GRANT USAGE ON SCHEMA ML."my support" TO ROLE "app-role";
GRANT SELECT ON TABLE ML."my support"."q a" TO ROLE "app-role";
ALTER MODEL ML."my support"."Case Sensitive" SET COMMENT = 'It''s a \\ backslash ftspec:v1 project=quoted env=embedded resource=answers spec=s1:c53c50943520f9100c7bd0ba76c9c3844b7bcc8df5e8ee88dbd349a20093a0e7 data=d1:2-14a1b702515f9663a job=ft_1 protect=- hold=- checks=-';
GRANT USAGE ON MODEL ML."my support"."Case Sensitive" TO ROLE "app-role";
